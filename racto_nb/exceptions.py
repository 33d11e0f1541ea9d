"""Every error racto_nb raises on purpose, in one tree.

    RactoGatewayError
     ├─ RactoGatewayTimeoutError          no answer in time
     ├─ RactoGatewayAPIError              a provider answered with an error (status_code)
     │   └─ StreamInterruptedError        a stream ended before its terminator (partial)
     ├─ RactoGatewayAuthError             no key, or a key that was refused
     ├─ ResponseModelValidationError      an answer that does not fit its Pydantic model
     ├─ AnswerError                       an answer came, but must not be taken for a whole one (response)
     │   ├─ TruncatedAnswerError          cut at max_tokens or at the context window
     │   ├─ RefusedAnswerError            withheld by a safety filter, or refused
     │   └─ MalformedAnswerError          JSON was asked for and something else came
     ├─ ContextOverflowError              the prompt alone is larger than the model's window
     │   └─ ContextTruncatedError         the server cut the prompt and answered what was left (response)
     ├─ UnsupportedError                  this provider or model cannot do what was asked (wish)
     ├─ NotFoundError                     a name nobody knows; carries the nearest ones
     │   ├─ ModelNotFoundError
     │   ├─ ProviderNotFoundError         also a ValueError
     │   └─ MissingFileError              also a FileNotFoundError
     ├─ UnreadableFileError               a file that is there but cannot be read; also an OSError
     ├─ UsageError                        a call or a cell written wrongly; says what to write
     │   ├─ WrongTypeError                a value of the wrong kind; also a TypeError
     │   ├─ UnfinishedError               a part of an answer that is still being written; also an AttributeError
     │   └─ TemplateError                 a {{expression}} that cannot be inserted
     ├─ ModelFileError                    weights that cannot be had, or are not what they should be (path)
     │   ├─ CorruptModelFileError         wrong sha256 (expected, actual)
     │   └─ ModelDownloadError            no source could deliver the file
     ├─ EngineError                       the embedded engine failed to load or to run
     ├─ MissingExtraError                 an optional dependency is not installed (extra); also an ImportError
     └─ NetworkForbiddenError             testing.forbid_network() stopped a connection

Each leaf carries its data as attributes and survives pickling, so workers and process pools can pass it on.
Beside the tree: RetiredModelWarning (a model is or will be shut down), TruncatedContextWarning (a prompt was cut).
"""

from __future__ import annotations

import difflib
import errno
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> list[str]:
    """The names in `known` most like `name`, best first: at most `count`, and none that is clearly less alike.

    >>> nearest("--modle", ["--model", "--role", "--tone", "--json"])
    ['--model']
    """
    by_folded = {candidate.casefold(): candidate for candidate in known}
    folded = name.casefold()
    alike = {close: difflib.SequenceMatcher(None, close, folded).ratio() for close in by_folded}
    least = max(0.6, max(alike.values(), default=0.0) - 0.08)
    close = sorted((candidate for candidate in by_folded if alike[candidate] >= least), key=lambda item: -alike[item])
    inside = [candidate for candidate in by_folded if folded and folded in candidate and candidate not in close]
    return [by_folded[candidate] for candidate in [*close, *inside][:count]]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest names, or all known ones when none is close; empty when nothing is known."""
    names = sorted(known)
    if close := nearest(name, names):
        return f" Did you mean {' or '.join(repr(item) for item in close)}?"
    return f" Known: {', '.join(names)}." if names else ""


class RactoGatewayError(Exception):
    """The root of the tree. Catch this to catch everything racto_nb raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, {name: _portable(value) for name, value in self.__dict__.items()})

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


def _rebuild(kind: type[RactoGatewayError], args: tuple[object, ...], data: dict[str, object]) -> RactoGatewayError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(data)
    return error


def _portable(value: object) -> object:
    """`value`, or a copy without its `raw` when that, an object of a provider's library, cannot be pickled."""
    copied, raw = getattr(value, "model_copy", None), getattr(value, "raw", None)
    if copied is None or raw is None:
        return value
    try:
        pickle.dumps(raw)
    except Exception:  # noqa: BLE001  (whatever a foreign object raises: it stays here)
        return copied(update={"raw": None})
    return value


class RactoGatewayTimeoutError(RactoGatewayError):
    """No answer in the allowed time."""


class RactoGatewayAPIError(RactoGatewayError):
    """A provider answered with an error. `status_code` is the HTTP status, or None where there is none."""

    def __init__(self, message: str, *, status_code: int | None = None) -> None:
        super().__init__(message)
        self.status_code = status_code


class StreamInterruptedError(RactoGatewayAPIError):
    """A stream ended before its terminator. `partial` is the text that had arrived."""

    def __init__(self, message: str, *, partial: str = "", status_code: int | None = None) -> None:
        super().__init__(message, status_code=status_code)
        self.partial = partial


class RactoGatewayAuthError(RactoGatewayError):
    """No key was found, or the provider refused it. The key itself is never part of the message."""


class ResponseModelValidationError(RactoGatewayError):
    """The answer does not fit the Pydantic model it was asked for.

    `attempts` counts the answers tried, `last_error` is the last validation error, `raw_response` the last answer's text and
    `response` the whole last answer.
    """

    def __init__(
        self, message: str, *, attempts: int, last_error: Exception, raw_response: str | None = None, response: object = None
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        self.last_error = last_error
        self.raw_response = raw_response
        self.response = response


class AnswerError(RactoGatewayError):
    """An answer arrived but must not be taken for a complete one. `response` is what arrived."""

    def __init__(self, message: str, *, response: object = None) -> None:
        super().__init__(message)
        self.response = response


class TruncatedAnswerError(AnswerError):
    """The answer was cut at `max_tokens` or at the end of the context window."""


class RefusedAnswerError(AnswerError):
    """The answer was withheld by a safety filter, or the model refused."""


class MalformedAnswerError(AnswerError):
    """JSON was asked for, and the answer is not JSON or not of the asked shape."""


class ContextOverflowError(RactoGatewayError):
    """The prompt has more tokens than the model's window. Nothing was cut, and nothing answered (`response` is None)."""

    def __init__(self, message: str, *, tokens: int | None = None, window: int | None = None, response: object = None) -> None:
        super().__init__(message)
        self.tokens = tokens
        self.window = window
        self.response = response


class ContextTruncatedError(ContextOverflowError):
    """The server cut the prompt and said nothing. `tokens` is an estimate, `response` the answer to what was left."""


class UnsupportedError(RactoGatewayError):
    """The provider or model cannot do what was asked. `wish` names it; the message offers an alternative."""

    def __init__(self, message: str, *, provider: str, wish: str) -> None:
        super().__init__(message)
        self.provider = provider
        self.wish = wish


class NotFoundError(RactoGatewayError):
    """A name that nobody knows. `suggestions` are the nearest known names."""

    def __init__(self, message: str, *, name: str, suggestions: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.name = name
        self.suggestions = list(suggestions)

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> Self:
        """`There is no <what> 'name'.` with the nearest of the `known` names."""
        names = list(known)
        return cls(f"There is no {what} {name!r}.{did_you_mean(name, names)}", name=name, suggestions=nearest(name, names))


class ModelNotFoundError(NotFoundError):
    """No model of this name."""


class ProviderNotFoundError(NotFoundError, ValueError):
    """No provider of this name. Also a ValueError."""


class MissingFileError(NotFoundError, FileNotFoundError):
    """There is no file at `name`; `suggestions` are the nearest names beside it. Also a `FileNotFoundError`."""

    def __init__(self, name: str, suggestions: list[str] | None = None) -> None:
        beside = suggestions or []
        hint = did_you_mean(Path(name).name, beside) if beside else " Check the path and the current directory."
        super().__init__(f"There is no file {name!r}.{hint}", name=name, suggestions=beside)
        self.errno = errno.ENOENT
        self.filename = name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.suggestions), dict(self.__dict__)


class UnreadableFileError(RactoGatewayError, OSError):
    """The file `filename` is there, or may be, but cannot be read. Also an `OSError`, with its `errno`."""

    def __init__(self, message: str, filename: str | None = None, number: int | None = None) -> None:
        super().__init__(message)
        self.filename = filename
        self.errno = number

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.filename, self.errno), dict(self.__dict__)


class UsageError(RactoGatewayError, ValueError):
    """A call or a cell that is written wrongly. The message says what to write instead."""


class WrongTypeError(UsageError, TypeError):
    """A value of the wrong kind was given. The message says which kind is expected."""


class UnfinishedError(UsageError, AttributeError):
    """What was read of an answer is not there yet. An AttributeError, so that `hasattr` and who looks around go on."""


class TemplateError(UsageError):
    """A `{{expression}}` that cannot be inserted. `expression` is its source."""

    def __init__(self, message: str, *, expression: str = "") -> None:
        super().__init__(message)
        self.expression = expression


class ModelFileError(RactoGatewayError):
    """The weights of a model cannot be used. `path` is the file in question, if there is one."""

    def __init__(self, message: str, *, path: str | None = None) -> None:
        super().__init__(message)
        self.path = path


class CorruptModelFileError(ModelFileError):
    """A model file whose sha256 is not the pinned one. It is never loaded."""

    def __init__(self, message: str, *, path: str, expected: str, actual: str) -> None:
        super().__init__(message, path=path)
        self.expected = expected
        self.actual = actual


class ModelDownloadError(ModelFileError):
    """No source could deliver the model file. `reasons` has one line per source that was tried."""

    def __init__(self, message: str, *, path: str | None = None, reasons: Iterable[str] = ()) -> None:
        super().__init__(message, path=path)
        self.reasons = list(reasons)


class EngineError(RactoGatewayError):
    """The embedded engine could not load a model or stopped with an error."""


class MissingExtraError(RactoGatewayError, ImportError):
    """An optional dependency is not installed. `extra` is the extra that brings it."""

    def __init__(self, extra: str, *, missing: str | None) -> None:
        message = f"This feature needs {missing!r}. Install it with: pip install 'racto-nb[{extra}]'"
        super().__init__(message)
        self.name = missing
        self.extra = extra


class NetworkForbiddenError(RactoGatewayError):
    """A connection was tried inside `testing.forbid_network()`."""


class RetiredModelWarning(UserWarning):
    """A model that its provider has shut down, or will at a known date. The message names the one to use instead."""


class TruncatedContextWarning(UserWarning):
    """The server cut the prompt and answered what was left of it."""
