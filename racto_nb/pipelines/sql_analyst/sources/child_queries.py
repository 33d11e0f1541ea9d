"""Run a statement in a child process, and say in the project's errors what went wrong. Kind: threaded."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, TypeVar, cast

from racto_nb.exceptions import QueryError, ResultTooLargeError, SourceError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.child_process import ChildProcess
from racto_nb.pipelines.sql_analyst.sources.child_wire import (
    Answer,
    ChildDiedError,
    ChildRefusedError,
    ChildTimeoutError,
    Message,
)
from racto_nb.pipelines.sql_analyst.sources.source import QueryResult
from racto_nb.pipelines.sql_analyst.sources.stopping import too_long

if TYPE_CHECKING:
    import polars as pl

T = TypeVar("T")

_MIB = 1024 * 1024


def answer_to(
    child: ChildProcess,
    request: Message,
    *,
    source: str,
    sql: str,
    limits: RunLimits,
    stop: threading.Event | None = None,
) -> Answer:
    """What `child` answers to `request`, which runs `sql` on the database called `source`, within `limits`.

    Raises QueryError, QueryTimeoutError, ResultTooLargeError, SourceError; asyncio.CancelledError when `stop` is set meanwhile.
    """
    try:
        return child.ask(request, memory=limits.memory, deadline=limits.deadline, stop=stop)
    except ChildTimeoutError:
        raise too_long(sql, limits.deadline) from None
    except ChildRefusedError as refused:
        raise _refusal(refused, source, sql, limits) from None
    except ChildDiedError as died:
        raise _death(died, source, sql, limits) from None


def result_of(answer: Answer) -> QueryResult:
    """The rows of an answer with a frame, whose facts are `names`, `truncated` and `as_text`."""
    names, as_text = tuple(answer.facts["names"]), tuple(answer.facts["as_text"])
    return QueryResult(cast("pl.DataFrame", answer.frame), names, bool(answer.facts["truncated"]), answer.seconds, as_text)


def _refusal(refused: ChildRefusedError, source: str, sql: str, limits: RunLimits) -> Exception:
    if refused.kind == "interrupted":
        return too_long(sql, limits.deadline)
    if refused.kind == "memory":
        return _too_much_memory(source, sql, limits, refused.words)
    if refused.kind == "too large":
        msg = (
            f"The result from {source} is larger than the {limits.max_bytes / _MIB:g} MiB that it may be ({refused.words}). "
            "Ask for fewer rows or columns, or raise max_bytes of RunLimits."
        )
        return ResultTooLargeError(msg, sql=sql, reason=refused.words)
    if refused.kind == "source":
        return SourceError(refused.words, source=source)
    return QueryError(f"{source} did not run the statement: {refused.words}", sql=sql, reason=refused.words)


def _death(died: ChildDiedError, source: str, sql: str, limits: RunLimits) -> Exception:
    if "memory allocation" in died.told or "bad_alloc" in died.told:
        return _too_much_memory(source, sql, limits, "the process ran out of memory")
    how = f"by signal {_signal(-died.code)}" if died.code is not None and died.code < 0 else f"with code {died.code}"
    reason = f"the process that ran the statement ended {how}" + (f": {died.told}" if died.told else "")
    msg = f"{source} did not finish the statement: {reason}. The next statement starts another process."
    return QueryError(msg, sql=sql, reason=reason)


def _too_much_memory(source: str, sql: str, limits: RunLimits, words: str) -> ResultTooLargeError:
    msg = (
        f"The statement on {source} took more than the {limits.memory / _MIB:g} MiB of memory that it may ({words}). "
        "Ask for less, or raise memory of RunLimits."
    )
    return ResultTooLargeError(msg, sql=sql, reason=words)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
