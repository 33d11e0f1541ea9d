"""What is secret in the way to a server: found, to be taken out of messages, and covered where the server is named. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from urllib.parse import parse_qsl, unquote, urlsplit

from racto_nb._secrecy import Secrets, looks_secret

Pair = tuple[str, str]
"""What a secret is called, and the secret."""

_SECRET_NAME = re.compile(
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|PWD|CREDENTIALS?|AUTH|AUTHORIZATION|COOKIE|SIG|SIGNATURE|(?:^|_)PAT)(?:_?\d+)?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://[^\s'\"<>]+")
_NAMED = re.compile(
    r"(?P<name>[\w-]+)[\"']?\s*[=:]\s*[\"']?(?:(?:Bearer|Basic|Token)\s+)?(?P<value>[^\s;&,\"'}]+)", re.IGNORECASE
)
_KEY = re.compile(
    r"(?:sk|pk|rk|gh[opsu]|github_pat|glpat|xox[abpr]|hf|AKIA|AIza|eyJ)[\w-]{12,}|(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}"
)
"""Words that are keys by their look."""
_SHORTEST = 4
"""Characters of a secret that is looked for in messages. A shorter one stands in many words."""


def secrets_of(
    *, env: Mapping[str, str], args: Iterable[str], url: str | None, headers: Mapping[str, str], token: str | None
) -> Secrets:
    """The secrets of a config: those of its environment, its command, its address and its headers."""
    found = [*_of_words(args), *_of_address(url or ""), *(() if token is None else [("token", token)])]
    for name, value in headers.items():
        if _is_secret_name(name):
            found += [(name, value), (name, value.rpartition(" ")[2])]
    return Secrets.of(env, also=[(name, value) for name, value in found if len(value) >= _SHORTEST])


def shown_command(command: str, args: Iterable[str]) -> str:
    """A command as it may be shown, without its folder.

    >>> shown_command("/usr/bin/server", ["postgresql://ann:secret@db/sales", "--api-key", "abc", "--level=3"])
    'server postgresql://db/sales --api-key [api-key] --level=3'
    """
    return re.sub(r"\s+", " ", " ".join([PurePath(command).name, *shown_words(args)]))


def shown_words(words: Iterable[str]) -> list[str]:
    """The words of a command as they may be shown."""
    return [shown for shown, _ in _words(words)]


def shown_address(url: str) -> str:
    """`url` without what may be secret: a login, a query, a fragment, a key in its path.

    >>> shown_address("https://ann:secret@tools.example/mcp?key=1")
    'https://tools.example/mcp'
    """
    try:
        parts = urlsplit(url)
        place = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "an address that cannot be read"
    path = "/".join("[key]" if _KEY.fullmatch(each) else each for each in parts.path.split("/"))
    return f"{parts.scheme}://{place}{path}" if parts.scheme else path


def shown_text(text: str, secrets: Secrets) -> str:
    """A message of another library as it may be shown: addresses in it are shortened, and secrets are taken out."""
    return secrets.cleaned(_ADDRESS.sub(lambda match: shown_address(match[0]), text))


def _words(words: Iterable[str]) -> Iterator[tuple[str, list[Pair]]]:
    before = ""
    for word in words:
        yield _word(word, before)
        before = word


def _of_words(words: Iterable[str]) -> Iterator[Pair]:
    for _, found in _words(words):
        yield from found


def _word(word: str, before: str) -> tuple[str, list[Pair]]:
    """A word as it may be shown, and what is secret in it: by the option `before` it, by the name in it, or by its look."""
    if before.startswith("-") and _is_secret_name(option := before.lstrip("-")):
        return f"[{option}]", [(option, word)]
    if _KEY.fullmatch(word):
        return "[key]", [("key", word)]
    found: list[Pair] = []

    def address(match: re.Match[str]) -> str:
        found.extend(_of_address(match[0]))
        return shown_address(match[0])

    def named(match: re.Match[str]) -> str:
        name, value = match["name"].lstrip("-"), match["value"]
        if not (_is_secret_name(name) or _KEY.fullmatch(value)):
            return match[0]
        found.append((name, value))
        return f"{match[0].removesuffix(value)}[{name}]"

    return _NAMED.sub(named, _ADDRESS.sub(address, word)), found


def _of_address(url: str) -> Iterator[Pair]:
    """The password of an address, the user where there is none (that is a token), what is secret in its query and its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    login = parts.password or parts.username
    if login:
        yield from (("password", login), ("password", unquote(login)))
    for name, value in parse_qsl(parts.query):
        if _is_secret_name(name) or looks_secret(value):
            yield name, value
    yield from (("key", each) for each in parts.path.split("/") if _KEY.fullmatch(each))


def _is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name.replace("-", "_")) is not None
