"""What goes wrong in a database, as our errors: with its place, and without keys."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from racto_nb._secrecy import without_secret
from racto_nb.exceptions import RactoGatewayError, StoreError, UsageError

T = TypeVar("T")
_USER = re.compile(r"(://)(?P<user>[^/\s@]+)@")


def told(place: str, work: Callable[[], T], *, secrets: Iterable[str | None] = ()) -> T:
    """What `work()` returns. An error of a library becomes a StoreError that names the `place`; ours go through.

    The library's error is not kept beside it where there are `secrets`: it may hold the request with its key.
    """
    hidden = [secret for secret in secrets if secret]
    try:
        return work()
    except RactoGatewayError:
        raise
    except Exception as error:
        failed = _failed(place, error, hidden)
        if not hidden:
            raise failed from error
    raise failed  # outside, so that Python does not keep the other one as its context


async def atold(place: str, work: Awaitable[T], *, secrets: Iterable[str | None] = ()) -> T:
    """The same for what is awaited."""
    hidden = [secret for secret in secrets if secret]
    try:
        return await work
    except RactoGatewayError:
        raise
    except Exception as error:
        failed = _failed(place, error, hidden)
        if not hidden:
            raise failed from error
    raise failed  # outside, so that Python does not keep the other one as its context


def without_password(address: str) -> str:
    """`address` as it may be shown.

    >>> without_password("https://me:secret@example.org:6333/x")
    'https://example.org:6333/x'
    """
    return _USER.sub(r"\1", address)


def password_in(address: str) -> str | None:
    """What stands before the "@" of an address: a password, perhaps with a name."""
    found = _USER.search(address)
    return found["user"] if found else None


def one_of(given: dict[str, T | None]) -> T | None:
    """The value of the one argument that is given; the others are other spellings of it. UsageError for two that differ.

    >>> one_of({"path": None, "persist_directory": "here"})
    'here'
    """
    told_values = {name: value for name, value in given.items() if value is not None}
    if len(set(map(str, told_values.values()))) > 1:
        words = " and ".join(f"{name}={value!r}" for name, value in told_values.items())
        msg = f"{words} are two words for one thing. Give one of them."
        raise UsageError(msg)
    return next(iter(told_values.values()), None)


def _failed(place: str, error: Exception, hidden: list[str]) -> StoreError:
    return StoreError(_cleaned(f"{place}: {type(error).__name__}: {error}", hidden), place=_cleaned(place, hidden))


def _cleaned(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = without_secret(text, secret, "[key]")
    return text
