"""Where an Ollama server is: the forms that OLLAMA_HOST may have. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from racto_nb.exceptions import UsageError
from racto_nb.providers.ollama.facts import DEFAULT_PORT

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  (addresses to listen on, which nothing can be asked at)
_PORTS = {"http": 80, "https": 443}


def address_of(told: str, *, source: str) -> str:
    """The address of the server that `told` names: a host, a host and a port, or an address, as Ollama itself reads it.

    Raises UsageError, which names `source`, for what is none of these.

    >>> address_of("box", source="OLLAMA_HOST"), address_of("0.0.0.0:8080", source="OLLAMA_HOST")
    ('http://box:11434', 'http://127.0.0.1:8080')
    >>> address_of("https://models.example.com/ollama/", source="base_url")
    'https://models.example.com:443/ollama'
    """
    scheme, separator, rest = told.strip().strip("\"'").partition("://")
    if not separator:
        scheme, rest = "http", scheme
    parts = urlsplit("")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port or (_PORTS.get(scheme, 0) if separator else DEFAULT_PORT)
        sound = scheme in _PORTS and not any(sign.isspace() for sign in rest) and not parts.query and not parts.fragment
    except ValueError:  # a port that is no number, an IPv6 address that is not closed
        sound, port = False, 0
    if not sound:
        shown = told.rpartition("@")[2]
        message = f"{source}={shown!r} is no address. Write a host, host:port, or an address such as 'http://localhost:11434'."
        raise UsageError(message)
    host = _ANYWHERE.get(parts.hostname or "", parts.hostname or "")
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    path = f"/{path}" if (path := parts.path.strip("/")) else ""
    return f"{scheme}://{login}{f'[{host}]' if ':' in host else host}:{port}{path}"
