"""Every error racto_nb raises on purpose, in one tree.

    RactoGatewayError
     ├─ RactoGatewayTimeoutError          no answer in time
     ├─ RactoGatewayAPIError              a provider did not answer, or answered with an error (status_code)
     │   ├─ RactoGatewayConnectionError   no connection, or closed before an answer
     │   │   └─ PartlySentError           a fleet took only some of the tasks (sent, total, group)
     │   ├─ RactoGatewayRateLimitError    too many requests (retry_after)
     │   ├─ RactoGatewayBadRequestError   the request itself is refused
     │   ├─ RactoGatewayServerError       the provider failed or is overloaded
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
     │   ├─ EncryptedFileError            locked with a password
     │   └─ TooLargeFileError             larger than its reader takes
     ├─ UsageError                        a call or a cell written wrongly; says what to write
     │   ├─ WrongTypeError                a value of the wrong kind; also a TypeError
     │   ├─ UnfinishedError               a part of an answer that is still being written; also an AttributeError
     │   ├─ TemplateError                 a {{expression}} that cannot be inserted
     │   ├─ UnsupportedFileError          no reader knows such files (suffix)
     │   ├─ MissingKitError               a question to documents without a kit that answers it; also a RuntimeError
     │   └─ DimensionError                vectors of different lengths (expected, actual)
     ├─ StoreError                        a vector store that cannot be opened, read or written (place)
     │   └─ StoreLockedError              another process has it open for writing
     ├─ ServiceError                      a server beside the models that cannot be reached, or refuses (place)
     ├─ ModelFileError                    weights that cannot be had, or are not what they should be (path)
     │   ├─ CorruptModelFileError         wrong sha256 (expected, actual)
     │   └─ ModelDownloadError            no source could deliver the file
     ├─ EngineError                       the embedded engine failed to load or to run
     ├─ ReplayFileError                   a file that is no recording, or cannot be written
     ├─ ReplayMissError                   what was asked is not in the recording (differences)
     ├─ BudgetExceededError               a request that could cost more than its budget has left (spent, limit, needed)
     │   └─ UnpricedModelError            nobody knows what the model costs, so that no budget in dollars can hold
     ├─ ReadOnlyViolationError            a statement that the SQL guard refused (verdict); also a ValueError
     ├─ SourceError                       a database, file or frame that cannot be opened or read (source)
     │   └─ UnsafeLoginError              a login with rights that no guard can hold
     ├─ QueryError                        a statement that the database did not run (sql, reason)
     │   ├─ QueryTimeoutError             stopped at its deadline
     │   └─ ResultTooLargeError           more bytes or memory than it may take
     ├─ AnalysisError                     a plan that cannot be carried out on a result
     ├─ ChartError                        a chart that cannot be drawn from a result; also a ValueError
     ├─ RateLimitExceededError            a user's share of tokens is used up (user_id, retry_after); also a RuntimeError
     │   └─ ClassifierRateLimitExceededError
     ├─ ClassificationError               an answer that names none of the options (answer); also a ValueError
     ├─ DatasetError                      training data that cannot be used so (example); also a ValueError
     │   ├─ DatasetFileExistsError        a file is there that nothing says to overwrite; also a FileExistsError
     │   └─ DatasetFormatError            a record that is not of its format, or that a format cannot hold (line)
     ├─ TuningError                       a tuning job that failed, was cancelled or ran out of time (job)
     ├─ MissingExtraError                 an optional dependency is not installed (extra); also an ImportError
     └─ NetworkForbiddenError             testing.forbid_network() stopped a connection

Leaves carry their data as attributes and survive pickling. Of a call: `provider`, `model`, `status_code`, `request_id`, `body`.
Beside it, in `_warnings.py`, are warnings: RetiredModel, DroppedOption, TruncatedContext, Cache, Login, Calibration,
DamagedRecording, HybridSearch, Ingest, Ledger, MCP, Pipeline, Service, Telemetry and Tuning, each with the ending Warning.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from racto_nb._finetune_errors import *  # noqa: F403  (the names that users know them by)
from racto_nb._local_errors import *  # noqa: F403  (the names that users know them by)
from racto_nb._nearest import did_you_mean, nearest
from racto_nb._pipeline_errors import *  # noqa: F403  (the names that users know them by)
from racto_nb._root_error import RactoGatewayError as RactoGatewayError  # noqa: PLC0414  (users import it from here)
from racto_nb._service_errors import *  # noqa: F403  (the names that users know them by)
from racto_nb._warnings import *  # noqa: F403  (the names that users know them by)


class RactoGatewayTimeoutError(RactoGatewayError):
    """No answer in the allowed time."""


class RactoGatewayAPIError(RactoGatewayError):
    """A provider did not answer, or answered with an error. `status_code` is the HTTP status, or None where there is none.

    `retry_after` is the seconds the provider asks to wait, None where it does not.
    """

    def __init__(self, message: str, *, status_code: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status_code, self.retry_after = status_code, retry_after


class RactoGatewayConnectionError(RactoGatewayAPIError):
    """No connection could be made, or it was closed before an answer began."""


class PartlySentError(RactoGatewayConnectionError):
    """A fleet took only the first `sent` of `total` tasks. Of a batch `group` has all: a wait for it sends the others again."""

    def __init__(self, message: str, *, sent: int, total: int, group: object = None) -> None:
        super().__init__(message)
        self.sent, self.total, self.group = sent, total, group


class RactoGatewayRateLimitError(RactoGatewayAPIError):
    """Too many requests (HTTP 429)."""


class RactoGatewayBadRequestError(RactoGatewayAPIError):
    """The provider refused the request itself: trying again does not help."""


class RactoGatewayServerError(RactoGatewayAPIError):
    """The provider failed or is overloaded. It was tried again as often as the kit may; later it may work."""


class StreamInterruptedError(RactoGatewayAPIError):
    """A stream ended before its terminator. `partial` is the text that had arrived."""

    def __init__(self, message: str, *, partial: str = "", status_code: int | None = None) -> None:
        super().__init__(message, status_code=status_code)
        self.partial = partial


class RactoGatewayAuthError(RactoGatewayError):
    """No key was found, or the provider refused it. The key itself is never part of the message."""


class ResponseModelValidationError(RactoGatewayError):
    """The answer does not fit the Pydantic model it was asked for.

    `attempts` counts the answers tried, `last_error` is the last validation error, `raw_response` the last answer's text,
    `response` the whole last answer.
    """

    def __init__(
        self, message: str, *, attempts: int, last_error: Exception, raw_response: str | None = None, response: object = None
    ) -> None:
        super().__init__(message)
        self.attempts, self.last_error = attempts, last_error
        self.raw_response, self.response = raw_response, response


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
        self.errno, self.filename = errno.ENOENT, name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.suggestions), dict(self.__dict__)


class UnreadableFileError(RactoGatewayError, OSError):
    """The file `filename` is there, or may be, but cannot be read. Also an `OSError`, with its `errno`."""

    def __init__(self, message: str, filename: str | None = None, number: int | None = None) -> None:
        super().__init__(message)
        self.filename, self.errno = filename, number

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


class EncryptedFileError(UnreadableFileError):
    """A file that is locked with a password."""


class TooLargeFileError(UnreadableFileError):
    """A file that is larger than its reader takes, or that would unpack into more."""


class UnsupportedFileError(UsageError):
    """No reader knows files of this ending. `suffix` is the ending, with its dot."""

    def __init__(self, message: str, *, suffix: str = "") -> None:
        super().__init__(message)
        self.suffix = suffix


class MissingKitError(UsageError, RuntimeError):
    """An answer was asked for and there is no kit that could give it. Also a RuntimeError."""


class DimensionError(UsageError):
    """A vector with another number of dimensions (`actual`) than those it is compared with (`expected`)."""

    def __init__(self, message: str, *, expected: int, actual: int) -> None:
        super().__init__(message)
        self.expected, self.actual = expected, actual


class MissingExtraError(RactoGatewayError, ImportError):
    """An optional dependency is not installed. `extra` is the extra that brings it."""

    def __init__(self, extra: str, *, missing: str | None) -> None:
        super().__init__(f"This feature needs {missing!r}. Install it with: pip install 'racto-nb[{extra}]'")
        self.name, self.extra = missing, extra


class NetworkForbiddenError(RactoGatewayError):
    """A connection was tried inside `testing.forbid_network()`."""
