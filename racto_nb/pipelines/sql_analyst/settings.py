"""How a pipeline works, as it was made and as one call changes it. Pure values, checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.sources import Retriever
from racto_nb.pipelines.asking import ChatMemory, RateLimiter
from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.schema.knowledge import Knowledge, Pair, knowledge
from racto_nb.pipelines.sql_analyst.schema.values import SchemaWish
from racto_nb.prompts.engine import RactoPrompt

Chart = ChartSpec | Mapping[str, Any] | str | None
"""A chart that is wished for: "auto" chooses one by the types of the columns, None draws none."""
Engine = Literal["pandas", "polars"]
MOST_CANDIDATES = 10


class Unset:
    """Stands for a parameter that was not given, where None says something."""

    def __repr__(self) -> str:
        return "_UNSET"


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class Step:
    """Who is asked in a step, and how. `prompt` None: the step's own."""

    kit: AnsweringKit
    prompt: RactoPrompt | None
    temperature: float
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Restrictions:
    """What a pipeline may read. `columns` tells whether columns are blocked or masked, which needs the schema."""

    allowed_tables: frozenset[str] | None = None
    blocked_columns: frozenset[str] = frozenset()
    mask_columns: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()

    @property
    def columns(self) -> bool:
        return bool(self.blocked_columns or self.mask_columns)

    @property
    def any(self) -> bool:
        return self.columns or self.allowed_tables is not None


@dataclass(frozen=True, slots=True)
class Background:
    """What the model is `told` beside the tables. `retriever` chooses `max_tables` tables of a large database for a question."""

    told: Knowledge = field(default_factory=Knowledge)
    retriever: Retriever | None = None
    max_tables: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a run depends on but the question and the source."""

    sql: Step
    pandas: Step
    answer: Step
    run_pandas: bool = True
    run_answer: bool = True
    chart: Chart = "auto"
    force_read_only: bool = True
    engine: object = None
    max_sql_retries: int = 2
    limits: RunLimits = field(default_factory=RunLimits)
    schema_ttl: float = 3600.0
    wish: SchemaWish = field(default_factory=SchemaWish)
    restrictions: Restrictions = field(default_factory=Restrictions)
    background: Background = field(default_factory=Background)
    safe_mode: bool = False
    analysis_engine: Engine = "pandas"
    generated_code: bool = False
    memory: ChatMemory | None = None
    rate_limiter: RateLimiter | None = None
    user_id: str | None = None
    candidates: int = 1


@dataclass(frozen=True, slots=True)
class Address:
    """Where the rows are: a `connection_string` (or a path), an `engine` (or frames, a connection, a Source), or the parts of a
    server's address."""

    connection_string: str | Path | None = field(default=None, repr=False)
    host: str = "localhost"
    port: int = 5432
    database: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    driver: str = "postgresql"
    engine: object = field(default=None, repr=False)

    @property
    def is_given(self) -> bool:
        return self.connection_string is not None or self.engine is not None or self.database is not None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells addresses apart. An object is told by what it is: whoever keeps the key keeps the object too."""
        if self.connection_string is not None:
            return (str(self.connection_string),)
        if self.engine is not None:
            return (id(self.engine),)
        return (self.driver, self.host, self.port, self.database, self.username, self.password)


class RunOptions(TypedDict, total=False):
    """What one call of `run` or `arun` may say, beside the question."""

    connection_string: str | Path | None
    host: str
    port: int
    database: str | None
    username: str | None
    password: str | None
    driver: str
    engine: object
    schema: str | None
    run_pandas: bool | None
    run_answer: bool | None
    chart: Chart | Unset
    force_read_only: bool | None
    sql_temperature: float | None
    sql_max_tokens: int | None
    pandas_temperature: float | None
    pandas_max_tokens: int | None
    answer_temperature: float | None
    answer_max_tokens: int | None
    max_rows: int | None
    user_id: str | None
    session_id: str | None
    candidates: int | None
    on_step: Callable[[str], None] | None


def address_of(given: Mapping[str, object], engine: object) -> Address:
    """Where the rows of one call are: its own address, or else the `engine` of the pipeline."""
    names = ("connection_string", "host", "port", "database", "username", "password", "driver")
    parts = cast("dict[str, Any]", {name: given[name] for name in names})
    if parts["connection_string"] is not None:
        return Address(connection_string=parts["connection_string"])
    own = None if isinstance(given["engine"], Unset) else given["engine"]
    if own is None and parts["database"] is None:
        own = engine
    return Address(engine=own) if own is not None else Address(**parts)


def with_call(settings: Settings, given: Mapping[str, object]) -> Settings:
    """`settings` with what one call says otherwise; None, or UNSET where None says something, leaves things as they are."""
    said = {name: value for name, value in given.items() if value is not None and not isinstance(value, Unset)}
    steps: dict[str, Step] = {}
    for name in ("sql", "pandas", "answer"):
        changed = {part: said.pop(f"{name}_{part}") for part in ("temperature", "max_tokens") if f"{name}_{part}" in said}
        if changed:
            steps[name] = replace(cast("Step", getattr(settings, name)), **cast("dict[str, Any]", changed))
    if "max_rows" in said:
        said["limits"] = limited(settings.limits, said.pop("max_rows"))
    chart = {"chart": given["chart"]} if not isinstance(given.get("chart", UNSET), Unset) else {}
    return checked(replace(settings, **cast("dict[str, Any]", {**said, **steps, **chart})))


def limited(limits: RunLimits, max_rows: object) -> RunLimits:
    """`limits` with another number of rows; 0 or less: all of them."""
    if isinstance(max_rows, bool) or not isinstance(max_rows, int):
        msg = f"max_rows is a whole number of rows, 0 for all, not {max_rows!r:.80}."
        raise WrongTypeError(msg)
    return replace(limits, max_rows=max_rows if max_rows > 0 else None)


def checked(settings: Settings) -> Settings:
    """`settings`, if a run can go by them. Raises UsageError or WrongTypeError, naming the parameter."""
    _check_numbers(settings)
    _check_chart(settings.chart)
    if settings.analysis_engine not in {"pandas", "polars"}:
        msg = f'analysis_engine is "pandas" or "polars", not {settings.analysis_engine!r:.80}.'
        raise UsageError(msg)
    if not settings.force_read_only and settings.restrictions.any:
        msg = (
            "allowed_tables, blocked_columns and mask_columns are held by the guard, which force_read_only=False turns off. "
            "Leave force_read_only=True, or the restrictions out."
        )
        raise UsageError(msg)
    for name, part, methods in (
        ("memory", settings.memory, ChatMemory),
        ("rate_limiter", settings.rate_limiter, RateLimiter),
        ("table_retriever", settings.background.retriever, Retriever),
    ):
        if part is not None and not isinstance(part, methods):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"{name} has the methods of a {methods.__name__}, which {part!r:.80} has not."
            raise WrongTypeError(msg)
    return settings


def names_of(parameter: str, names: object) -> frozenset[str]:
    """Names of tables or columns as a set. One name alone is a text, and an error: its letters would be taken for names."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        msg = f"{parameter} is a list of names, not {names!r:.80}. Write: {parameter}=[...]."
        raise WrongTypeError(msg)
    found = list(cast("Iterable[object]", names))
    if wrong := [name for name in found if not isinstance(name, str) or not name.strip()]:
        msg = f"{parameter} holds names, and {wrong[0]!r:.80} is none."
        raise WrongTypeError(msg)
    return frozenset(cast("list[str]", found))


def _check_numbers(settings: Settings) -> None:
    for name, value, least, most in (
        ("max_sql_retries", settings.max_sql_retries, 0, 10),
        ("candidates", settings.candidates, 1, MOST_CANDIDATES),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"{name} is a whole number from {least} to {most}, not {value!r:.80}."
            raise UsageError(msg)


def _check_chart(chart: object) -> None:
    if isinstance(chart, str) and chart != "auto":
        hint = did_you_mean(chart, ["auto"])
        msg = f'chart is "auto", a ChartSpec, a dict with its fields, or None for no chart, not {chart!r:.80}.{hint}'
        raise UsageError(msg)
    if chart is not None and not isinstance(chart, str | ChartSpec | Mapping):
        msg = f'chart is "auto", a ChartSpec, a dict with its fields, or None for no chart, not {chart!r:.80}.'
        raise WrongTypeError(msg)


def restrictions_of(
    allowed_tables: object, blocked_columns: object, mask_columns: object, allowed_functions: object
) -> Restrictions:
    """What a pipeline may read, of what its maker said. None of tables: all of them."""
    return Restrictions(
        None if allowed_tables is None else names_of("allowed_tables", allowed_tables),
        names_of("blocked_columns", blocked_columns or ()),
        names_of("mask_columns", mask_columns or ()),
        names_of("allowed_functions", allowed_functions or ()),
    )


def background_from(
    docs: tuple[Mapping[str, str] | None, Mapping[str, Mapping[str, str]] | None],
    examples: Iterable[Pair] | None,
    glossary: Mapping[str, str] | None,
    retriever: Retriever | None,
    max_tables: int | None,
) -> Background:
    """What the model is told beside the tables, checked. `docs` are of tables and of columns."""
    if max_tables is not None and (isinstance(max_tables, bool) or not isinstance(max_tables, int) or max_tables < 1):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"max_tables is a whole number of tables from 1 on, or None for all that fit, not {max_tables!r:.80}."
        raise UsageError(msg)
    told = knowledge(table_docs=docs[0], column_docs=docs[1], glossary=glossary, examples=examples)
    return Background(told, retriever, max_tables)


def limits_of(limits: RunLimits | None, max_rows: int) -> RunLimits:
    """What a statement may take: `limits`, with the smaller number of rows of both."""
    wished = limited(limits or RunLimits(), max_rows)
    if limits is None or limits.max_rows is None or (wished.max_rows is not None and wished.max_rows <= limits.max_rows):
        return wished
    return limits
