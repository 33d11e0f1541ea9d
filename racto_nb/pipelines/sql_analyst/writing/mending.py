"""From a question to rows: a statement is asked for, checked, run, and asked for again where that fails. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from racto_nb.exceptions import AnswerError, QueryError, QueryTimeoutError, ReadOnlyViolationError, ResultTooLargeError
from racto_nb.flow.effects import Flow
from racto_nb.models.messages import Message
from racto_nb.models.response import LLMResponse
from racto_nb.pipelines.sql_analyst.guarding.values import Rule, Verdict
from racto_nb.pipelines.sql_analyst.limits import Dialect
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema
from racto_nb.pipelines.sql_analyst.writing.dialects import Translation, translations
from racto_nb.pipelines.sql_analyst.writing.drafting import Writer, drafted, read_whole
from racto_nb.pipelines.sql_analyst.writing.prompting import NO_STATEMENT, WITHHELD, complaint, refused_words, turns_after
from racto_nb.pipelines.sql_analyst.writing.unknowns import unknown_columns
from racto_nb.pipelines.sql_analyst.writing.values import Attempt, AttemptOutcome, Draft, Reading, Rows

AT_ONCE: frozenset[Rule] = frozenset({"writes", "setting", "statement_kind"})
"""Rules that a statement breaks which does something else than read: nobody is asked to write that better."""
_DIALECT: frozenset[Rule] = frozenset({"syntax", "function", "table_function"})
"""Rules that a statement in another dialect breaks."""
WARM = 0.7
"""The temperature of drafts that shall differ, where the user's is lower."""
_MOST_TRANSLATIONS = 3
_LIMITS = (QueryTimeoutError, ResultTooLargeError)


@dataclass(frozen=True, slots=True)
class Bench:
    """What statements are tried on. `check` is lock one (None: it is off), `run` runs what passed and masks the rows.

    `schema` are the tables as they are (None: nobody read them). `told` hears what begins. `secret` says whether the database's
    words about a statement may hold masked values.
    """

    dialect: Dialect
    check: Callable[[str], Verdict] | None
    run: Callable[[str, Verdict | None], Flow[Rows]]
    told: Callable[[str], Flow[None]]
    secret: Callable[[Verdict | None], bool]
    schema: DatabaseSchema | None = None
    retries: int = 2
    candidate: int = 1


@dataclass(frozen=True, slots=True)
class _Tried:
    """What became of one statement: `rows`, or the `trouble` that the model is told with `hints`, or an `end` without them."""

    attempt: Attempt
    verdict: Verdict | None = None
    rows: Rows | None = None
    error: Exception | None = None
    trouble: str = ""
    hints: tuple[str, ...] = ()
    ended: bool = False


@dataclass(slots=True)
class _Course:
    """What a draft has been through. One for each draft; it ends with it."""

    attempts: list[Attempt] = field(default_factory=list[Attempt])
    responses: list[LLMResponse] = field(default_factory=list[LLMResponse])
    turns: list[Message] = field(default_factory=list[Message])
    reading: Reading = field(default_factory=Reading)


def written(bench: Bench, writer: Writer, message: str) -> Flow[Draft]:
    """Ask for a statement until one gives rows, at most `bench.retries` times after the first.

    An error of the kit or the source ends the draft, which keeps what was reached: it is `error` of the Draft, not raised.
    """
    course = _Course()
    try:
        tried = yield from _until_rows(bench, writer, message, course)
    except Exception as error:  # noqa: BLE001  (kept on the draft: what was reached and paid for is not lost)
        if isinstance(brought := getattr(error, "response", None), LLMResponse) and brought not in course.responses:
            course.responses.append(brought)
        tried = _Tried(course.attempts[-1] if course.attempts else _attempt(bench, "", "unreadable"), error=error)
    return _ended(course, tried)


def as_written(bench: Bench, sql: str) -> Flow[Draft]:
    """What becomes of a statement that a person wrote: tried as it is, and nobody is asked to mend it."""
    tried = yield from _tried_once(bench, sql)
    return _ended(_Course(attempts=[tried.attempt]), tried)


def _until_rows(bench: Bench, writer: Writer, message: str, course: _Course) -> Flow[_Tried | None]:
    """The last statement that was tried; None where the model says that it cannot be answered."""
    asked, again, tried = message, writer, None
    for number in range(bench.retries + 1):
        yield from bench.told("writing SQL" if number == 0 else f"mending SQL ({number} of {bench.retries})")
        response = yield from drafted(again, asked, course.turns)
        course.responses.append(response)
        course.reading = _read(bench, response, writer, course)
        if course.reading.reason is not None:
            course.attempts.append(_attempt(bench, "", "cannot_answer", course.reading.reason))
            return None
        if tried is not None and any(course.reading.sql == before.sql for before in course.attempts):
            if again.temperature >= WARM:
                return tried
            again = replace(writer, temperature=WARM)  # asked the same way, it would fail the same way
            continue
        tried = yield from _tried(bench, course.reading.sql, response)
        course.attempts.append(tried.attempt)
        if tried.rows is not None or tried.ended:
            return tried
        course.turns += turns_after(asked, response.content or course.reading.sql)
        asked = complaint(tried.trouble, tried.hints)
    return tried


def _read(bench: Bench, response: LLMResponse, writer: Writer, course: _Course) -> Reading:
    try:
        return read_whole(response, writer.max_tokens)
    except AnswerError as error:
        course.attempts.append(_attempt(bench, response.content or "", "unreadable", str(error)))
        raise


def _ended(course: _Course, tried: _Tried | None) -> Draft:
    draft = Draft("cannot_answer", reading=course.reading, attempts=tuple(course.attempts), responses=tuple(course.responses))
    if tried is None:
        return draft
    sql = tried.verdict.sql if tried.verdict is not None and tried.verdict.sql else tried.attempt.sql
    outcome = "answered" if tried.rows is not None else "refused" if isinstance(tried.error, ReadOnlyViolationError) else "failed"
    return replace(draft, outcome=outcome, sql=sql, verdict=tried.verdict, rows=tried.rows, error=tried.error)


def _tried(bench: Bench, sql: str, response: LLMResponse) -> Flow[_Tried]:
    """What becomes of `sql`: as it is, and where that fails as a statement of another dialect. Nobody is asked for that."""
    if not sql:
        return _nothing(bench, response)
    tried = yield from _tried_once(bench, sql)
    for other in _others(bench, sql, tried):
        translated = yield from _tried_once(bench, other.sql)
        if translated.rows is not None:
            note = f"translated from {other.read}" if other.read != bench.dialect else "written anew in the database's own words"
            kept = Attempt(sql=sql, outcome="ran", note=f"{note}: {other.sql}", candidate=bench.candidate)
            return replace(translated, attempt=kept)
    return tried


def _others(bench: Bench, sql: str, first: _Tried) -> Iterator[Translation]:
    if first.rows is not None or first.ended or first.hints:
        return
    broken = {violation.rule for violation in first.verdict.violations} if first.verdict is not None else set[Rule]()
    if broken <= _DIALECT:
        yield from islice(translations(sql, bench.dialect), _MOST_TRANSLATIONS)


def _tried_once(bench: Bench, sql: str) -> Flow[_Tried]:
    verdict = None if bench.check is None else bench.check(sql)
    if verdict is not None and not verdict.allowed:
        return _refused(bench, sql, verdict)
    hints = () if bench.schema is None else tuple(unknown_columns(sql, bench.schema))
    if hints:
        trouble = "it was not run, since it names columns that are not there."
        error = QueryError(f"The statement names columns that are not there. {' '.join(hints)}", sql=sql, reason=" ".join(hints))
        attempt = _attempt(bench, sql, "failed", " ".join(hints))
        return _Tried(attempt, verdict, error=error, trouble=trouble, hints=hints)
    yield from bench.told("running SQL")
    try:
        rows = yield from bench.run(sql if verdict is None else verdict.sql, verdict)
    except QueryError as error:
        return _failed(bench, sql, verdict, error)
    return _Tried(_attempt(bench, sql, "ran"), verdict, rows)


def _refused(bench: Bench, sql: str, verdict: Verdict) -> _Tried:
    words = refused_words(verdict)
    error = ReadOnlyViolationError(f"The statement was refused and not run: {words}", verdict=verdict)
    ended = any(violation.rule in AT_ONCE for violation in verdict.violations)
    attempt = _attempt(bench, sql, "refused", words)
    return _Tried(attempt, verdict, error=error, trouble=f"it was refused and not run. {words}", ended=ended)


def _failed(bench: Bench, sql: str, verdict: Verdict | None, error: QueryError) -> _Tried:
    """A statement that the database did not run. One that took too long, or gave too much, is not tried again: that costs."""
    ended = isinstance(error, _LIMITS)
    if bench.secret(verdict) and not ended:
        error = QueryError(f"The statement was not run: {WITHHELD}.", sql=sql, reason=WITHHELD)
    words = error.reason or str(error)
    return _Tried(_attempt(bench, sql, "failed", words), verdict, error=error, trouble=words, ended=ended)


def _nothing(bench: Bench, response: LLMResponse) -> _Tried:
    error = AnswerError("The model wrote no SQL statement, after all retries. What it wrote is in .response.", response=response)
    return _Tried(_attempt(bench, "", "unreadable", NO_STATEMENT), error=error, trouble=NO_STATEMENT)


def _attempt(bench: Bench, sql: str, outcome: AttemptOutcome, message: str = "") -> Attempt:
    return Attempt(sql=sql, outcome=outcome, message=message, candidate=bench.candidate)
