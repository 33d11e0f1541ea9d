"""One thing that the doctor looked at, and how the text of a variable is shown there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Self

from racto_nb._secrecy import Secrets

_ADDRESS = re.compile(
    r"(?P<begin>[A-Za-z][A-Za-z0-9+.-]*://)(?P<login>[^/?#\s]*@)?"
    r"(?P<where>(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)(?P<behind>[/?#][^@]*)?"
)
_HIDDEN = "…"
_ASSIGNED = re.compile(r"(\b\w*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)\w*=)\S+", re.IGNORECASE)
"""A line that ran into the one before it."""
_PATH = re.compile(r"(?![/\\]{2})(?:[/\\~.]|[A-Za-z]:[/\\]).*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, its `state`, and the `advice` (empty: none). `wrong` says that something should be done about it."""

    what: str
    state: str
    advice: str = ""
    wrong: bool = False

    def without(self, secrets: Secrets) -> Self:
        """The same with `secrets` taken out: a key may have come into a variable that is for something else."""
        return replace(self, state=secrets.cleaned(self.state), advice=secrets.cleaned(self.advice))


def without_password(value: str) -> str:
    """`value`, of an address only its host and port; nothing of one where it cannot be told what belongs to a password.

    >>> without_password("https://me:secret@hub.example:8443/api?token=1"), without_password("me:secret@hub.example")
    ('https://…@hub.example:8443/…', '…')
    >>> without_password("/home/me@work/cache"), without_password("live OPENAI_API_KEY=sk-12345678")
    ('/home/me@work/cache', 'live OPENAI_API_KEY=…')
    """
    value = _ASSIGNED.sub(rf"\1{_HIDDEN}", value)
    if "://" not in value and ("@" not in value or _PATH.fullmatch(value)) and not value.startswith("//"):
        return value
    found = _ADDRESS.fullmatch(value)
    if found is None:
        return _HIDDEN
    login, behind = _HIDDEN + "@" if found["login"] else "", found["behind"] or ""
    return f"{found['begin']}{login}{found['where']}{behind if behind in {'', '/'} else '/' + _HIDDEN}"
