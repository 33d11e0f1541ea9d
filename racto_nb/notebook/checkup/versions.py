"""Versions of what racto_nb works with, held against the ranges that its own installation asks for."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, requires, version

from racto_nb._version import __version__
from racto_nb.notebook.checkup.finding import Finding
from racto_nb.providers.directory import PROVIDERS

DISTRIBUTION = "racto-nb"
SHOWN = ("ipython", "ipykernel", "jupyterlab", "notebook", "ipywidgets", "anywidget", "pandas", "polars")
"""Shown in any case; what else racto_nb needs is shown when something is wrong with it."""
_PARTS_OF_WIDGETS = {"ipywidgets": ("jupyterlab_widgets", "widgetsnbextension", "comm"), "anywidget": ("ipywidgets", "psygnal")}
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)\s*(?:\[[^\]]*\])?\s*\(?(?P<range>[^;)]*)\)?\s*(?:;(?P<marker>.*))?", re.DOTALL)
_EXTRA = re.compile(r"extra\s*==\s*['\"](?P<name>[^'\"]+)['\"]")
_LIMIT = re.compile(r"(?P<sign>>=|<=|==|!=|~=|>|<)\s*(?P<version>[\w.+!*-]+)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A library that racto_nb needs: its `name`, the `extra` that brings it (empty: always), and its `limits` such as `>=3.5`."""

    name: str
    extra: str
    limits: tuple[tuple[str, str], ...]

    @property
    def range(self) -> str:
        """The limits in words of pip."""
        return ",".join(sign + limit for sign, limit in sorted(self.limits, reverse=True))

    @property
    def pip_line(self) -> str:
        """What installs it."""
        return f"pip install -U 'racto-nb{f'[{self.extra}]' if self.extra else ''}'"


def requirements(lines: Iterable[str] | None = None) -> list[Requirement]:
    """What the installed racto_nb needs, read from its metadata; empty when it is not installed.

    >>> [one.range for one in requirements(["openai<4,>=3.5; extra == 'openai'"])]
    ['>=3.5,<4']
    """
    if lines is None:
        try:
            lines = requires(DISTRIBUTION) or []
        except PackageNotFoundError:
            lines = []
    return [found for line in lines if (found := _requirement(line)) is not None and found.name != DISTRIBUTION]


def version_findings(needed: Sequence[Requirement]) -> list[Finding]:
    """Our own version, Python's, and those of the libraries."""
    of_providers = {entry.extra for entry in PROVIDERS.values()}
    plain = [one for one in needed if one.extra in {"", "lab"}]
    return [
        Finding("python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"),
        *(_library(name, plain) for name in SHOWN),
        *(found for one in plain if one.name not in SHOWN and not one.extra and (found := _library(one.name, plain)).wrong),
        *(extra_finding(extra, needed) for extra in sorted(of_providers)),
        *_parts_of_widgets(),
    ]


def extra_finding(extra: str, needed: Sequence[Requirement]) -> Finding:
    """The libraries that an extra brings: none of them here is a choice, some of them or wrong ones are a mistake.

    What the core needs, another extra or another library may be here for their sake, and tells nothing of this one.
    """
    group = [one for one in needed if one.extra == extra]
    states = {one.name: _state(one) for one in group}
    pip_line = f"pip install 'racto-nb[{extra}]'"
    if not _chosen(extra, [name for name, (installed, _) in states.items() if installed is not None], needed):
        return Finding(f"racto-nb[{extra}]", "not installed", pip_line)
    words = [f"{name} {installed or 'is missing'}{trouble}" for name, (installed, trouble) in states.items()]
    wrong = any(installed is None or trouble for installed, trouble in states.values())
    return Finding(f"racto-nb[{extra}]", ", ".join(words), group[0].pip_line if wrong else "", wrong=wrong)


def _chosen(extra: str, here: Sequence[str], needed: Sequence[Requirement]) -> bool:
    """Whether the libraries of `extra` that are `here` speak for it: all of them, or one that nothing else brings."""
    if not here or len(here) == sum(one.extra == extra for one in needed):
        return bool(here)
    own = set(here) - {one.name for one in needed if one.extra != extra}
    return bool(own - _needed_by_others() if own else own)


def _needed_by_others() -> set[str]:
    """What the libraries that are installed here need themselves, whatever racto_nb needs."""
    others = [other.requires or () for other in distributions() if other.name != DISTRIBUTION]
    return {one.name for lines in others for line in lines if (one := _requirement(line)) is not None and not one.extra}


def own_finding() -> Finding:
    """racto_nb itself: whether what is imported is what is installed."""
    try:
        installed = version(DISTRIBUTION)
    except PackageNotFoundError:
        state = f"{__version__}, imported from a folder and not installed in this Python"
        return Finding(DISTRIBUTION, state, "Install it here: pip install racto-nb", wrong=True)
    if installed != __version__:
        state = f"{__version__}, but {installed} is what is installed in this Python"
        return Finding(DISTRIBUTION, state, "Two copies are mixed: pip install --force-reinstall racto-nb", wrong=True)
    return Finding(DISTRIBUTION, __version__)


def outside(installed: str, limits: Iterable[tuple[str, str]]) -> str:
    """`" is too old"` or the like when `installed` is outside the limits, else an empty text.

    >>> outside("2.9", [(">=", "3.5"), ("<", "4")]), outside("3.10.1", [(">=", "3.5")])
    (' is too old', '')
    """
    for sign, limit in limits:
        if (trouble := _trouble(_release(installed), sign, _release(limit))) is not None:
            return f" is {trouble}"
    return ""


def _trouble(installed: Sequence[int], sign: str, limit: Sequence[int]) -> str | None:
    length = max(len(installed), len(limit))
    here, there = [*installed, *[0] * (length - len(installed))], [*limit, *[0] * (length - len(limit))]
    match sign:
        case ">=" | ">" | "~=":
            fits, trouble = here > there or (here == there and sign != ">"), "too old"
            if fits and sign == "~=":
                fits, trouble = here[: len(limit) - 1] == there[: len(limit) - 1], "too new"
        case "<" | "<=":
            fits, trouble = here < there or (here == there and sign == "<="), "too new"
        case "!=":
            fits, trouble = here != there, "a version that does not work"
        case _:
            fits, trouble = here == there, "another version than needed"
    return None if fits else trouble


def _release(text: str) -> list[int]:
    """The numbers at the beginning of a version."""
    found = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", text)
    return [int(number) for number in found[1].split(".")] if found else []


def _requirement(line: str) -> Requirement | None:
    found = _REQUIREMENT.match(line.strip())
    if found is None:
        return None
    extra = _EXTRA.search(found["marker"] or "")
    limits = tuple((limit["sign"], limit["version"]) for limit in _LIMIT.finditer(found["range"]))
    return Requirement(found["name"], extra["name"] if extra else "", limits)


def _state(one: Requirement) -> tuple[str | None, str]:
    """The installed version, and what is wrong with it."""
    try:
        installed: str | None = version(one.name)
    except PackageNotFoundError:
        return None, ""
    if not installed:  # what an interrupted installation leaves behind has no metadata
        return "unknown", f"its installation is broken: pip install --force-reinstall {one.name}"
    trouble = outside(installed, one.limits)
    return installed, f"{trouble} ({one.range} is needed)" if trouble else ""


def _library(name: str, needed: Sequence[Requirement]) -> Finding:
    one = next((one for one in needed if one.name == name), Requirement(name, "", ()))
    installed, trouble = _state(one)
    known = one in needed
    if installed is None:
        return Finding(name, "not installed", one.pip_line if known else "", wrong=known and not one.extra)
    return Finding(name, installed + trouble, one.pip_line if trouble else "", wrong=bool(trouble))


def _parts_of_widgets() -> list[Finding]:
    """Widgets come in several parts; one that is missing leaves an empty place in the page."""
    found: list[Finding] = []
    for name, parts in _PARTS_OF_WIDGETS.items():
        if _state(Requirement(name, "", ()))[0] is None:
            continue
        missing = [part for part in parts if _state(Requirement(part, "", ()))[0] is None]
        if missing:
            advice = f"pip install --force-reinstall {name}, then restart Jupyter and load the page again."
            found.append(Finding(f"{name}, its parts", f"{', '.join(missing)} is missing", advice, wrong=True))
    return found
