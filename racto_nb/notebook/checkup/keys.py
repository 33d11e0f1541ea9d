"""Which keys are set, and which of them cannot be right. Their values, or parts of these, are never shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from racto_nb.notebook.checkup.finding import Finding
from racto_nb.providers.directory import PROVIDERS

_MORE = (("ANTHROPIC_API_KEY",), ("HF_TOKEN",))
"""Keys that a notebook may hold besides those of the providers there are; in a group the first goes first."""
_QUOTES = "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb"
_SHORTEST = 20
_SHORT, _HOLDER = "too short for a key", "it is a placeholder"
"""What keys of other servers, at an address of the user's, may well be."""
_PLACEHOLDER = re.compile(
    r"(?:sk-(?:proj-|svcacct-|ant-)?|sk_|hf_)?"
    r"(?:\.\.|…|x{3}|\*|<|\{|\[|your|my[-_ ]|insert|paste|change|placeholder|todo|none$|null$|key|api[-_]?key)"
    r"|.*(?:\.\.\.|…)$",
    re.IGNORECASE,
)
_BEGINNINGS = {"sk-ant-": "ANTHROPIC_API_KEY", "AIza": "GOOGLE_API_KEY", "hf_": "HF_TOKEN"}
_SAME = ({"GOOGLE_API_KEY", "GEMINI_API_KEY"}, {"HF_TOKEN", "HUGGINGFACE_TOKEN"})


def key_groups() -> list[tuple[str, ...]]:
    """The variables that may hold a key; those of one group are for the same provider, and the first goes first."""
    ours = [entry.key_variables for entry in PROVIDERS.values() if entry.key_variables]
    taken = {name for group in ours for name in group}
    return [*ours, *(group for group in _MORE if not taken & {*group})]


def key_findings(environment: Mapping[str, str]) -> list[Finding]:
    """One finding a variable: set, not set, or set to what cannot be a key."""
    return [_key(name, group, environment) for group in key_groups() for name in group]


def _key(name: str, group: tuple[str, ...], environment: Mapping[str, str]) -> Finding:
    value = environment.get(name, "")
    if not value:
        return Finding(name, "not set")
    elsewhere = any(environment.get(entry.address_variable) for entry in PROVIDERS.values() if name in entry.key_variables)
    if (trouble := suspicion(name, value)) is not None and not (elsewhere and trouble in {_SHORT, _HOLDER}):
        advice = "Set it again: in a cell by os.environ, or outside, then restart the kernel."
        return Finding(name, f"set, but {trouble}", advice, wrong=True)
    first = next(other for other in group if environment.get(other))
    if first == name:
        return Finding(name, "set")
    if environment[first] == value:
        return Finding(name, f"set, the same as {first}")
    advice = f"Unset the one that is not meant, {first} or {name}."
    return Finding(name, f"set, and so is {first}, which goes first", advice, wrong=True)


def unloaded_findings(file: Path, environment: Mapping[str, str]) -> list[Finding]:
    """The keys that stand in `file`, a `.env`, and are not set: nobody reads that file by itself."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeError):
        return []
    written = {line.partition("=")[0].removeprefix("export ").strip() for line in lines if "=" in line}
    names = [name for group in key_groups() for name in group if name in written and not environment.get(name)]
    if not names:
        return []
    advice = "pip install python-dotenv, then in a cell: %load_ext dotenv and %dotenv"
    return [Finding(file.name, f"holds {', '.join(names)}, which no variable here has: it is not read by itself", advice)]


def suspicion(name: str, value: str) -> str | None:
    """Why `value` can hardly be the key that belongs into the variable `name`; None when it may be. Says nothing of the value.

    >>> suspicion("OPENAI_API_KEY", "'sk-1234567890abcdefghij'")
    'in quotes'
    """
    inner = value.strip()
    checks = (
        (not inner, "it is only spaces"),
        (inner[:1] in _QUOTES or inner[-1:] in _QUOTES, "in quotes"),
        (value != inner, "with a space or a line break before or behind it"),
        (inner.lower().startswith("bearer"), "it begins with 'Bearer', which does not belong to a key"),
        (inner.startswith(f"{name}="), "it begins with the name of the variable"),
        (any(sign.isspace() for sign in inner), "with a space or a line break in it"),
        (_PLACEHOLDER.match(inner) is not None, _HOLDER),
        (not inner.isascii() or not inner.isprintable(), "with a sign that no key has, such as a typographic quote"),
        (len(inner) < _SHORTEST, _SHORT),
    )
    plain = next((why for is_so, why in checks if is_so), None)
    return plain or _other_owner(name, inner)


def _other_owner(name: str, value: str) -> str | None:
    owner = next((other for beginning, other in _BEGINNINGS.items() if value.startswith(beginning)), name)
    if owner == name or any({owner, name} <= same for same in _SAME):
        return None
    return f"it looks like what belongs into {owner}"
