"""How a call to a provider over HTTP can fail, as plain data. Each client makes these of its library's errors.

The libraries' own errors hold the request with its key, and each has its own tree: neither leaves the client.
"""

from __future__ import annotations


class HttpFailure(Exception):  # noqa: N818  (what happened, not yet the error that users see)
    """The root of the failures below. `host` is where the call went."""

    def __init__(self, text: str, *, host: str = "") -> None:
        super().__init__(text)
        self.host = host

    def forget(self) -> None:
        """Drop the words of the server. They may quote the key, and Python keeps this error behind the one made of it."""
        self.args = ()


class Refused(HttpFailure):
    """The provider answered with an error: an HTTP `status`, or an error event inside a stream (`status` None).

    `text` is what it said, without the key; `code` its word for the error; `retry_after` the seconds it asks to wait;
    `retry` whether it says that trying again helps (None: it says nothing).
    """

    def __init__(
        self,
        text: str,
        *,
        status: int | None,
        code: str = "",
        retry_after: float | None = None,
        retry: bool | None = None,
        host: str = "",
    ) -> None:
        super().__init__(text, host=host)
        self.text = text
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.retry = retry

    def forget(self) -> None:
        """Drop the words of the server."""
        HttpFailure.forget(self)
        self.text = ""


class Unreachable(HttpFailure):
    """No connection could be made: nothing was sent."""


class OutOfTime(HttpFailure):
    """No answer in the allowed time. `sent` tells whether the request had been handed over."""

    def __init__(self, text: str, *, sent: bool, host: str = "") -> None:
        super().__init__(text, host=host)
        self.sent = sent


class Dropped(HttpFailure):
    """The connection broke. `answering` tells whether the answer had begun, `sent` whether the request was handed over whole."""

    def __init__(self, text: str, *, answering: bool, sent: bool = True, host: str = "") -> None:
        super().__init__(text, host=host)
        self.answering = answering
        self.sent = sent


class Unreadable(HttpFailure):
    """What came is not what the provider's protocol says. `answering` tells whether the answer had begun."""

    def __init__(self, text: str, *, answering: bool = False, host: str = "") -> None:
        super().__init__(text, host=host)
        self.answering = answering
