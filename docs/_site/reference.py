"""The pages of the reference: one for each public package, made of what the code says of itself."""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from types import ModuleType

from _site.names import GROUPS, PACKAGES, Name, described, homes, names_of
from _site.options import command_page, heading, magics_page, table_of
from _site.wording import inline

FOLDER = Path(__file__).resolve().parents[1] / "reference" / "api"
"""Where the pages are written. They are no part of the repository."""
_SENTENCE = re.compile(r"(?:`[^`]*`|[^`])+?(?:[.?](?= [A-Z`])|$)")


def write_pages(folder: Path = FOLDER) -> None:
    """Write all pages of the reference, and take away those of before that there are no more."""
    places = homes()
    pages = {package: _page(package, places) for package in PACKAGES}
    pages |= {"magics": magics_page(), "command": command_page(), "index": _index()}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.rst"):
        if old.stem not in pages:
            old.unlink()
    for name, lines in pages.items():
        _write(folder / f"{name}.rst", "\n".join(lines))


def _write(path: Path, text: str) -> None:
    """A page that says what it said before keeps its time, so that it is not read again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _index() -> list[str]:
    lines = [*heading("The Python API", "="), "Made of the code: each public name, with what its docstring says.", ""]
    for title, packages in GROUPS.items():
        rows = [(f":doc:`{package}`", inline(_summary(importlib.import_module(package)))) for package in packages]
        lines += [*heading(title, "-"), *table_of(("package", "what it is for"), rows)]
        lines += [".. toctree::", "   :hidden:", "", *(f"   {_short(package)} <{package}>" for package in packages), ""]
    return lines


def _page(package: str, places: dict[str, str]) -> list[str]:
    here = list(described(package, places))
    elsewhere = [name for name in names_of(package) if name not in here]
    lines = [*heading(package, "="), f".. automodule:: {package}", "   :no-members:", ""]
    if here:
        lines += table_of(
            ("name", "what it is"), [(f":py:obj:`{name.name} <{name.full}>`", inline(_summary(name.value))) for name in here]
        )
    if elsewhere:
        lines += [*heading("Names from elsewhere", "-"), f"``from {package} import …`` finds these too.", ""]
        lines += table_of(("name", "where it is described"), [_pointer(name, places) for name in elsewhere])
    for name in here:
        lines += [*heading(name.name, "-"), *_entry(name)]
    return lines


def _short(package: str) -> str:
    """What a package is called where all are racto_nb's."""
    return "what all kits share" if package == "racto_nb.kits.kit" else package.removeprefix("racto_nb.")


def _pointer(name: Name, places: dict[str, str]) -> tuple[str, str]:
    if isinstance(name.value, ModuleType):
        return f"``{name.name}``", f":doc:`{name.value.__name__}`"
    place = places[name.full]
    return f"``{name.name}``", f":py:obj:`{place}`"


def _entry(name: Name) -> list[str]:
    value = name.value
    if inspect.isclass(value):
        return _class_entry(name, value)
    if inspect.isroutine(value):
        return [f".. autofunction:: {name.full}", ""]
    return [f".. autodata:: {name.full}", "   :no-value:", ""]


def _class_entry(name: Name, kind: type) -> list[str]:
    """A class with its own members and those of its bases that no page describes."""
    shown = _described_things()
    bases = [base for base in kind.__mro__[1:] if base is not object]
    stop = [base.__name__ for base in bases if id(base) in shown or not base.__module__.startswith("racto_nb")]
    lines = [
        f".. autoclass:: {name.full}",
        "   :members:",
        f"   :inherited-members: {', '.join(['object', *dict.fromkeys(stop)])}",
    ]
    if issubclass(kind, tuple | str | BaseException):
        lines += ["   :no-inherited-members:"]
    if hasattr(kind, "__members__"):
        lines += ["   :undoc-members:"]
    if kind.__bases__ != (object,) and all(
        id(base) in shown or base.__module__ in {"builtins", "enum"} for base in kind.__bases__
    ):
        lines += ["   :show-inheritance:"]
    return [*lines, ""]


@cache
def _described_things() -> set[int]:
    """The identities of what the pages describe."""
    places = (place.rpartition(".") for place in homes().values())
    return {id(getattr(importlib.import_module(package), name)) for package, _, name in places}


def _summary(value: object) -> str:
    """The first sentence of a docstring."""
    own = inspect.getdoc(value) if inspect.isclass(value) or inspect.isroutine(value) or isinstance(value, ModuleType) else ""
    paragraph = " ".join((own or "").split("\n\n", 1)[0].split())
    return _SENTENCE.match(paragraph)[0] if paragraph else ""  # type: ignore[index]  (the pattern fits every text)


def link_targets() -> dict[str, str]:
    """What a word of code in a docstring links to: public names that stand for one thing alone, by name and in full."""
    places = homes()
    by_name: dict[str, set[str]] = {}
    for full, place in places.items():
        by_name.setdefault(full.rpartition(".")[2], set()).add(place)
    alone = {name: next(iter(found)) for name, found in by_name.items() if len(found) == 1 and name[:1].isupper()}
    return {**alone, **places}
