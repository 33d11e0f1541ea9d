"""A database beside the cells: tables, questions, SQL with the guard's word on it, rows, charts, answers with checked numbers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import traitlets

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError
from racto_nb.flow.threads import in_thread
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.sql.charting import frame_of, gathered
from racto_nb.notebook.controllers.sql.events import (
    HEARD,
    Answer,
    Arrange,
    Ask,
    Counted,
    Draft,
    Draw,
    Execute,
    Halt,
    Judge,
    Keep,
    Kept,
    Pair,
    ReadTables,
    Rows,
    Run,
    Specified,
    Stop,
)  # fmt: skip
from racto_nb.notebook.controllers.sql.rows import order_of, window
from racto_nb.notebook.controllers.sql.state import SqlState
from racto_nb.notebook.controllers.sql.update import update
from racto_nb.notebook.controllers.sql.view import twin, view
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.scripts import script, style
from racto_nb.notebook.widgets.sql.gold import Gold, read_pairs
from racto_nb.notebook.widgets.sql.pipelines import model_of, pipeline_of
from racto_nb.notebook.widgets.sql.working import answered, charted, executed, judged, tables_read
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.pipelines.sql_analyst.schema.knowledge import Example

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

    from racto_nb.models.asking import AnsweringKit
    from racto_nb.pipelines.sql_analyst.charting.spec import ChartSpec
    from racto_nb.pipelines.sql_analyst.guarding.values import Verdict
    from racto_nb.pipelines.sql_analyst.results import SQLAnalystResult
    from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema


class SqlAnalyst(Bridge[SqlState]):
    """Questions to a database, and SQL of your own, in one widget. Display it, or use it from Python; both see the same.

    `source` is a SQLAnalystPipeline, or what one can be asked of: the path of a file, an address, a connection, a frame, a
    mapping of names to frames; then `kit` is who is asked. Statements pass the same guard, locks and masks, whoever wrote them.
    `max_rows` are the most rows of a result (0: all; None: the pipeline's own, 10,000 where there is none), `allowed_tables` the
    only ones that may be read, `candidates` how many statements are written for a question (1 to 10). `run_answer=False`
    leaves out the answer in words. `gold` is a file of JSON lines that gold pairs are added to.

    Raises UsageError where there is no kit, or no database, and what opening the database raises.

    >>> import polars as pl
    >>> from racto_nb.testing import FakeKit
    >>> analyst = SqlAnalyst({"shops": pl.DataFrame({"city": ["Oslo"]})}, kit=FakeKit(["SELECT count(*) AS n FROM shops"]),
    ...     run_answer=False)
    >>> analyst.ask("How many shops?")
    >>> analyst.wait().raw_rows
    [{'n': 1}]
    >>> analyst.close()
    """

    _esm = script("sql")
    _css = style("sql")
    controller: ClassVar[Controller[SqlState]] = Controller(HEARD, update, view, twin)

    _owned: SQLAnalystPipeline | None = None

    tables = part()
    editor = part()
    word = part()
    turn = part()
    grid = part()
    picture = part()
    history = part(traitlets.List)
    asking = part()

    def __init__(
        self,
        source: object,
        *,
        kit: AnsweringKit | None = None,
        max_rows: int | None = None,
        allowed_tables: Sequence[str] | None = None,
        candidates: int | None = None,
        run_answer: bool | None = None,
        gold: str | Path | None = None,
    ) -> None:
        wishes = {"max_rows": max_rows, "run_answer": run_answer, "candidates": candidates}
        self._pipeline = pipeline_of(source, kit, allowed_tables, wishes)
        self._owned = None if isinstance(source, SQLAnalystPipeline) else self._pipeline
        file = None if gold is None else expanded(gold)
        self._gold = Gold(file, [] if file is None else read_pairs(file))
        self._pairing: Future[None] = Future()
        self._orders: dict[str, tuple[int, pl.Series | None]] = {}
        name = self._pipeline.open()
        kept_in, drafts = "" if file is None else file.name, self._pipeline.candidates
        super().__init__(SqlState(name, model_of(self._pipeline), drafts=drafts, kept=len(self._gold.pairs), kept_in=kept_in))
        self._perform(ReadTables(anew=False))

    def ask(self, question: str) -> None:
        """Ask the model; what comes is in `result` after `wait()`. UsageError while another question is answered."""
        self.tell(Ask(question))

    def run(self, sql: str | None = None) -> None:
        """Run `sql`, or what stands in the editor, past the guard as all else; the rows are in `result` after `wait()`."""
        if sql is not None:
            self.write(sql)
        self.tell(Run())

    def write(self, sql: str) -> None:
        """Put `sql` into the editor. Nothing is run."""
        with self._turn:
            self._state = self._state.with_text(sql)
            self.tell(Draft(sql))

    def stop(self) -> None:
        """Stop what is being answered or run."""
        self.tell(Stop())

    def wait(self, timeout: float | None = None) -> SQLAnalystResult:
        """Wait until nothing runs; the result. TimeoutError after `timeout` seconds; the question goes on."""
        self._await_quiet(lambda: self.busy, timeout, late=f"There was no answer after {timeout} s. It is still worked on.")
        return self.result

    def keep(self, question: str | None = None) -> None:
        """Keep the statement that is looked at as a gold pair, with its `question` or another one. It is kept at the return.

        Raises UsageError where there is nothing to be kept, and OSError where the file cannot be written.
        """
        with self._turn:
            turn = self._state.turn
            self.tell(Keep((turn.question if turn is not None else "") if question is None else question))
            pairing = self._pairing
        while not wait([pairing], timeout=0.2).done and not self.closed:
            pass  # a widget that is closed meanwhile keeps nothing
        if not pairing.done():
            raise UsageError("The widget was closed before the pair was kept.")
        pairing.result()

    @property
    def busy(self) -> bool:
        """Whether a question is being answered or a statement is run."""
        with self._turn:  # until what came of it is shown
            return self._state.running is not None

    @property
    def result(self) -> SQLAnalystResult:
        """What came of the question that is looked at. UsageError where nothing has come yet."""
        turn = self._state.turn
        if turn is None or turn.result is None:
            raise UsageError("Nothing was asked yet." if turn is None else f"There is no result: {turn.error or turn.state}.")
        return turn.result

    @property
    def results(self) -> list[SQLAnalystResult]:
        """All results, in the order in which they were asked for."""
        return [turn.result for turn in self._state.turns.values() if turn.result is not None]

    @property
    def sql(self) -> str:
        """What stands in the editor."""
        return self._state.text

    @property
    def verdict(self) -> Verdict | None:
        """What the guard says of what stands in the editor; None until it has said it."""
        return self._state.word.verdict

    @property
    def schema(self) -> DatabaseSchema | None:
        """The tables that may be read; None until they are."""
        return self._state.tables.schema

    @property
    def frame(self) -> pl.DataFrame:
        """The rows that are looked at, as a polars frame, in the order of the grid."""
        frame, turn = self.result.frame, self._state.turn
        number, order = (0, None) if turn is None else self._orders.get(turn.key, (0, None))
        return frame if turn is None or order is None or number != turn.shown.number else frame[order]

    @property
    def df(self) -> pd.DataFrame:
        """The same as a pandas frame."""
        return self.frame.to_pandas()

    @property
    def chart(self) -> ChartSpec | None:
        """The chart that is looked at, as data. Set it to draw another one: columns, colour, title and labels of the axes."""
        return None if self._state.turn is None else self._state.turn.picture.spec

    @chart.setter
    def chart(self, spec: ChartSpec) -> None:
        self.tell(Specified(spec))

    @property
    def figure(self) -> Figure | None:
        """The chart that is looked at, drawn by Plotly; None where there is none. ChartError where it cannot be drawn."""
        from racto_nb.pipelines.sql_analyst.charting import figure_of

        turn = self._state.turn
        if turn is None or turn.result is None or turn.picture.spec is None:
            return None
        frame, spec = gathered(frame_of(turn.result), turn.picture.spec, turn.picture.how)
        return figure_of(spec, frame)

    @property
    def gold(self) -> list[Example]:
        """The gold pairs, as `SQLAnalystPipeline(examples=analyst.gold)` takes them."""
        return list(self._gold.pairs)

    @property
    def pipeline(self) -> SQLAnalystPipeline:
        """Who is asked."""
        return self._pipeline

    def _perform(self, wish: object) -> None:
        match wish:
            case Answer():
                self._begin(wish.key, lambda: answered(self, self._pipeline, wish))
            case Execute():
                self._begin(wish.key, lambda: executed(self, self._pipeline, wish))
            case Halt():
                self._stop(wish.key)
            case Judge():
                self._begin("guard", lambda: judged(self, self._pipeline, wish.text))
            case ReadTables():
                self._begin("tables", lambda: tables_read(self, self._pipeline, anew=wish.anew))
            case _:
                self._perform_view(wish)

    def _perform_view(self, wish: object) -> None:
        match wish:
            case Arrange():
                self._begin("rows", lambda: self._arranged(wish))
            case Draw():
                self._begin("chart", lambda: charted(self, wish))
            case Pair():
                done = self._pairing = Future()
                self._begin(f"pair {id(done)}", lambda: self._paired(wish, done))
            case _:
                super()._perform(wish)

    def _hear(self, event: object, buffers: object) -> None:
        if isinstance(event, Rows):
            self._send_rows(event)
        else:
            super()._hear(event, buffers)

    def _send_rows(self, event: Rows) -> None:
        """Send a window of the rows. What is asked of an order that is no more is let go."""
        key, _, number = event.key.rpartition(".")
        turn = self._state.turns.get(key)
        known, order = self._orders.get(key, (0, None))
        if turn is None or turn.result is None or number != str(known):
            return
        rows = window(turn.result.frame, order, event.start, event.stop)
        self.post({"t": "rows", "key": event.key, "from": event.start, "rows": rows})

    async def _arranged(self, wish: Arrange) -> None:
        order = await in_thread(order_of, wish.result.frame, wish.shown)
        self._orders[wish.key] = (wish.shown.number, order)
        self.tell(Counted(wish.key, wish.shown.number, wish.result.frame.height if order is None else order.len()))

    async def _paired(self, wish: Pair, done: Future[None]) -> None:
        try:
            await self._gold.keep(Example(wish.question, wish.sql))
            self.tell(Kept(wish.key, len(self._gold.pairs)))
        except BaseException as error:
            done.set_exception(error)
            raise
        done.set_result(None)

    def close(self) -> None:
        """Take the widget off all pages, stop what it does, and give back the database that it opened. Twice is allowed."""
        super().close()
        if self._owned is not None:
            self._owned.close()
