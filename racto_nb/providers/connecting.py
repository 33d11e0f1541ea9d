"""What goes wrong with connections, for every client built on httpx2 or httpx: their errors as failures, and deadlines.

The errors are told apart by the names of their classes: both libraries use the same, and neither needs to be imported for it.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from racto_nb._secrecy import without_beginnings
from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Refused, Unreachable, Unreadable

_ASTERISKS = "***"
_NOTHING_CAME = "without sending a response"
"""How both libraries tell a connection that was closed before an answer from one that was closed within its head."""
_TELLING = 12
"""So many characters at the beginning of a key are more than the provider's mark."""


def failure_of(error: BaseException, *, host: str, answering: bool) -> HttpFailure | None:
    """The failure that an error of the connection, or one caused by it, stands for. None for any other error.

    `answering` tells whether the answer had begun. Texts of these libraries hold addresses and reasons, never headers.
    """
    current: BaseException | None = error
    while current is not None:
        names = {kind.__name__ for kind in type(current).__mro__}
        if names & {"ConnectTimeout", "PoolTimeout"}:
            return OutOfTime(str(current), sent=False, host=host)
        if names & {"TimeoutException", "TimeoutError"}:
            return OutOfTime(str(current), sent=True, host=host)
        if names & {"ConnectError", "ProxyError", "UnsupportedProtocol", "InvalidURL", "gaierror"}:
            return Unreachable(_reason(current), host=host)
        if names & {"DecodingError", "TooManyRedirects"}:
            return Unreadable(_reason(current), answering=answering, host=host)
        if names & {"WriteError", "LocalProtocolError"}:
            return Dropped(_reason(current), answering=answering, sent=False, host=host)
        if names & {"TransportError", "StreamError"}:
            begun = answering or ("RemoteProtocolError" in names and _NOTHING_CAME not in str(current))
            return Dropped(_reason(current), answering=begun, host=host)
        current = current.__cause__ or current.__context__
    return None


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__


def asked_wait(headers: Mapping[str, str], *, now: Callable[[], float] = time.time) -> float | None:
    """The seconds a server asks to wait: `retry-after-ms`, or `retry-after` as seconds or as a date. None when it does not ask.

    >>> asked_wait({"retry-after": "1.5"}), asked_wait({"retry-after-ms": "250"}), asked_wait({})
    (1.5, 0.25, None)
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now())
    except (TypeError, ValueError):
        return None


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The provider's name for a call, None where it gives none.

    >>> request_id_of({"x-request-id": "req_1"}), request_id_of({"request-id": "req_2"}), request_id_of({})
    ('req_1', 'req_2', None)
    """
    return headers.get("x-request-id") or headers.get("request-id") or None


def refusal_of(
    said: str, *, status: int, code: str, headers: Mapping[str, str], key: str, address: str, body: str = ""
) -> Refused:
    """What the server at `address` said with an error status, its `code` and all of its `body`, without the key.

    Its headers say what may help.
    """
    return Refused(
        without_key(said, key),
        status=status,
        code=without_key(code, key),
        retry_after=asked_wait(headers),
        retry={"true": True, "false": False}.get(headers.get("x-should-retry", "")),
        host=urlsplit(address).netloc.rpartition("@")[2],
        request_id=request_id_of(headers),
        body=without_key(body, key),
    )


def plain_text(text: str) -> str:
    """What an error page says, where the provider sent no error of its own."""
    return " ".join(text.split())[:200] if not text.lstrip().startswith("<") else "an HTML page"


def without_key(text: str, key: str | None) -> str:
    """`text` without the key, a beginning of it that was cut off, and words in which a provider has masked the most of it.

    >>> without_key("Incorrect API key provided: sk-ab****wxyz.", "sk-abcdwxyz")
    'Incorrect API key provided: [key]'
    """
    if key and len(key) < _TELLING:  # so short a key may be a part of words
        text = re.sub(rf"(?<![\w-]){re.escape(key)}(?![\w-])", "[key]", text)
    elif key:
        text = without_beginnings(text, key, _TELLING, "[key]")
    if _ASTERISKS not in text:
        return text
    return " ".join("[key]" if _ASTERISKS in word else word for word in text.split(" "))


class Deadline:
    """Ends a blocking read when the time is up, by shutting down the socket under it: a thread cannot be stopped otherwise.

    `seconds` None is no limit. Use as a context manager; `over` tells afterwards whether it struck.
    """

    def __init__(self, seconds: float | None, response: Any) -> None:
        self.over = False
        self._timer: threading.Timer | None = None
        if seconds is not None:
            self._socket: Any = _socket_of(response)
            self._timer = threading.Timer(max(0.0, seconds), self._strike)
            self._timer.daemon = True

    def __enter__(self) -> Self:
        if self._timer is not None:
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _strike(self) -> None:
        self.over = True
        if self._socket is not None:
            with suppress(OSError):  # closed already: the read has ended by itself
                # Not the method of a TLS socket, which would first drop what the reading thread is using.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _socket_of(response: Any) -> Any:
    stream = response.extensions.get("network_stream")
    return None if stream is None else stream.get_extra_info("socket")


@contextmanager
def translated(host: str, *, answering: bool) -> Generator[None]:
    """Errors of the connection inside the block become failures. The library's own error, which holds the request, stays out."""
    try:
        yield
    except HttpFailure:
        raise
    except Exception as error:
        if (failure := failure_of(error, host=host, answering=answering)) is None:
            raise
        raise failure from None


def until(deadline: Deadline, pieces: Iterator[bytes], host: str) -> Iterator[bytes]:
    """`pieces` until they end or `deadline` strikes, which raises OutOfTime."""
    try:
        with translated(host, answering=True):
            for piece in pieces:
                if deadline.over:
                    break
                yield piece
    except HttpFailure:
        if not deadline.over:
            raise
    if deadline.over:
        message = "the time was up"
        raise OutOfTime(message, sent=True, host=host)
