"""Addresses of servers, checked and as they may be shown, and names as keys. Pure."""

from __future__ import annotations

import math
import re
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from racto_nb.exceptions import UsageError, WrongTypeError

DEFAULT_URL = "redis://localhost:6379/0"
_FOR_EVER = 2.0**53
"""Milliseconds: servers add them to the time, and refuse what is none any more then."""
_SCHEMES = ("redis", "rediss", "unix")
_DATABASE = re.compile(r"(/[0-9]*)?")
_OPTION = re.compile(r"[a-z][a-z_]{0,39}")


def checked_url(url: object) -> str:
    """`url` itself. Raises UsageError for what is no address of a server, without a word of it: a password may stand anywhere."""
    if not isinstance(url, str):
        msg = f"url is a text such as {DEFAULT_URL!r}, not {type(url).__name__}."
        raise WrongTypeError(msg)
    parts = _parts(url)
    if parts is None or not _is_address(parts):
        msg = (
            f"The url is no address of a Redis server. Write redis://host:6379/0, rediss://user:password@host:6380/0 for TLS, or "
            f"unix:///path/to/socket; special characters of a password, such as / ? # @, and an @ anywhere else as %XX. The "
            f"host is followed by nothing, or by the number of a database. ({len(url)} characters are not shown.)"
        )
        raise UsageError(msg)
    return url


def place_of(url: str) -> str:
    """`url` without names, passwords and options. What is no address is not shown at all.

    >>> place_of("rediss://racto:secret@cache.example:6380/2?ssl_ca_certs=ca.pem")
    'rediss://cache.example:6380/2'
    """
    parts = _parts(url)
    if parts is None or not _is_address(parts):
        return "redis"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def options_of(url: str) -> list[str]:
    """The names of the options of `url`, as far as they look like names.

    >>> options_of("redis://localhost?socket_timeout=3&pasword=geheim&K3Y")
    ['pasword', 'socket_timeout']
    """
    return sorted({name for name, _ in parse_qsl(urlsplit(url).query) if _OPTION.fullmatch(name)})


def key_of(prefix: str, *names: str) -> str:
    """The key of `names` under `prefix`: no name, whatever its characters, runs into another or leaves its place.

    >>> key_of("racto_nb:ratelimit", "a:b*")
    'racto_nb:ratelimit:a%3Ab%2A'
    """
    return ":".join([prefix, *(quote(name, safe="", errors="surrogatepass") for name in names)])


def milliseconds(seconds: float) -> int:
    """How long something is kept, as servers take it: one millisecond at least, and 285,000 years at most, which is for ever.

    >>> milliseconds(1.5), milliseconds(1e-9), milliseconds(1e300)
    (1500, 1, 9007199254740992)
    """
    return max(1, math.ceil(min(seconds * 1000, _FOR_EVER)))


def checked_prefix(prefix: object) -> str:
    """`prefix` itself: a text that is not empty."""
    if not isinstance(prefix, str):
        msg = f"key_prefix is a text, not {prefix!r:.80}."
        raise WrongTypeError(msg)
    if not prefix:
        msg = "key_prefix is empty: the keys would lie among those of all others. Give it a name, such as 'my_app:exact'."
        raise UsageError(msg)
    return prefix


def pattern_of(prefix: str) -> str:
    """What `SCAN` matches keys under `prefix` with, and some of deeper prefixes: see `is_under`."""
    escaped = "".join(f"\\{character}" if character in "*?[]\\" else character for character in prefix)
    return f"{escaped}:*"


def is_under(prefix: str, key: str) -> bool:
    """Whether `key` is one of `key_of(prefix, name)`, and not of a prefix that begins with this one."""
    return key.startswith(f"{prefix}:") and ":" not in key[len(prefix) + 1 :]


def _is_address(parts: SplitResult) -> bool:
    """Whether nothing of a user and a password can stand behind the host: an `@` there says where the host was meant to begin."""
    if parts.scheme not in _SCHEMES or parts.fragment or "@" in parts.path or "@" in parts.query:
        return False
    return parts.scheme == "unix" or _DATABASE.fullmatch(parts.path) is not None


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a part of a password that was taken for the port is found here, and not in a library's message
    except ValueError:
        return None
    return parts
