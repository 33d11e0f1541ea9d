"""What looks at all examples: searching, checking, mending, counting tokens, finding leaks. In threads, on the widget's loop.

Each works on the examples as they were when it began, and what it says is kept of those alone that still stand where they stood.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking.results import Findings
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.leaking import leaks
from racto_nb.finetune.token_lengths import most_tokens
from racto_nb.notebook.controllers.dataset.events import Check, Filter, Leaks, Mend, Pair, Seek
from racto_nb.notebook.controllers.dataset.state import Both, Leaking, Opened
from racto_nb.notebook.widgets.dataset.desk import Desk
from racto_nb.notebook.widgets.dataset.editing import Editor
from racto_nb.notebook.widgets.dataset.journal import CALM, CALM_PAUSE, Change, Group
from racto_nb.notebook.widgets.dataset.mending import mended
from racto_nb.notebook.widgets.dataset.narrowing import Running, filtered, searched
from racto_nb.notebook.widgets.dataset.parts import checks_of, lengths_of, opened_of, sheet_of
from racto_nb.notebook.widgets.dataset.rows import window

SLOW = ("likeness", "privacy", "balance")
"""Groups of rules that read every letter, and are asked by a deep check alone."""
_FEW = 1_000
"""Examples whose tokens are counted before anything is shown."""
_FIRST = 1.5
"""Seconds until the tokens of many examples are counted: the page is drawn first."""
_QUIET = 1.0
"""Seconds after an edit until the histogram is drawn anew."""


@dataclass(slots=True)
class Looking:
    """`make` makes an edit of many examples. `narrowings` counts the searches: an older one is stopped by the next one.

    `running` is the filter that was asked last."""

    editor: Editor
    desk: Desk
    validation: RactoDataset | None
    make: Callable[[Group], None]
    narrowings: int = 0
    running: Running = field(default_factory=Running)

    def do(self, wish: Seek | Filter | Check | Leaks | Pair) -> None:
        """Do what the controller wishes."""
        match wish:
            case Seek() | Filter():
                sheet = self.editor.now.sheet
                number, running = self._next()
                self.editor.begin("narrow", lambda: self._narrow_aside(number, running, sheet.seek, sheet.where))
            case Check():
                self.editor.begin("check", lambda: _threaded(lambda: self.check(deep=wish.deep)))
            case Leaks():
                self.editor.begin("leaks", lambda: _threaded(self.leaks))
            case Pair():
                self._pair(wish.number)

    def send_rows(self, first: int, last: int) -> None:
        """Send a window of rows."""
        self.editor.post(window(self.desk, first, last))

    def narrow(self, seek: str, where: str) -> None:
        """Show the examples that have `seek` in a text, and for which `where` holds."""
        with self.editor.alone():
            number, running = self._next()
        self._narrow(number, running, seek, where)

    def _next(self) -> tuple[int, Running]:
        """The number of the next narrowing, and its filter. The one before is stopped."""
        self.running.stop()
        self.narrowings, self.running = self.narrowings + 1, Running()
        return self.narrowings, self.running

    async def _narrow_aside(self, number: int, running: Running, seek: str, where: str) -> None:
        try:
            await asyncio.to_thread(self._narrow, number, running, seek, where)
        except asyncio.CancelledError:
            running.stop()  # or its thread would go on, and be waited for by who closes the editor
            raise

    def _narrow(self, number: int, running: Running, seek: str, where: str) -> None:
        desk, found = self.desk, dict(self.desk.found)
        with self.editor.alone():
            examples, counts = desk.data.examples, None if desk.tokens is None else list(desk.tokens)
        try:
            order = filtered(examples, where, found, counts, running) if where.strip() else None
            order = searched(examples, seek, order) if seek else order
        except BaseException as error:
            told = str(error) if isinstance(error, UsageError) else ""  # another one is said beside the widget
            with self.editor.alone():
                if number == self.narrowings:
                    self.editor.became(sheet=sheet_of(desk, self.editor.now.sheet, told=told))
                elif told:
                    return  # nobody asks for it any more
            raise
        with self.editor.alone():
            if number != self.narrowings:
                return
            desk.narrow(order if order is None else (at for at in order if at < len(desk.data) and desk.data[at] is examples[at]))
            sheet = replace(sheet_of(desk, self.editor.now.sheet), seek=seek, where=where)
            held = self.editor.now.opened
            self.editor.became(sheet=sheet, opened=None if held is None else replace(held, row=desk.row(held.place)))

    def check(self, *, deep: bool) -> Findings:
        """Check all examples."""
        desk, examples = self.desk, self.desk.data.examples
        try:
            findings = RactoDataset(examples).validate(
                desk.provider, validation=self.validation if deep else None, ignore=() if deep else SLOW
            )
        except BaseException:
            self.editor.became(checks=replace(self.editor.now.checks, state="never"))
            raise
        with self.editor.alone():
            if findings.provider == desk.provider:
                desk.take(findings, examples)
                desk.fresh += 1
                self._checked()
        return findings

    def mend(self, wish: Mend, opened: Opened | None) -> None:
        """Mend what a rule found: in the open example at once, in all of them in a thread."""
        if wish.key and opened is not None:
            fixed = mended(RactoDataset([opened.example]), self.desk.provider, wish.rule)[0]
            if fixed == opened.example:
                raise UsageError(f"{wish.rule!r} is not mended by itself here: it needs you.")
            change = Change(opened.place, (opened.example,), (fixed,))
            self.make(self._group(wish.rule, (change,)))
        else:
            self.editor.begin("mend", lambda: _threaded(lambda: self._mend_all(wish.rule)))

    def leaks(self) -> None:
        """Look for validation examples in the training data."""
        if self.validation is None:
            raise UsageError("There is no validation data: give it, DatasetEditor(train, validation=held_out).")
        number, desk, examples = len(self.validation), self.desk, self.desk.data.examples
        try:
            found = leaks(examples, self.validation.examples)
        except BaseException:
            desk.leaks = ()
            self.editor.became(leaking=Leaking(number))
            raise
        with self.editor.alone():
            now = desk.data.examples
            desk.leaks = tuple(
                each for each in found if now[each.train : each.train + 1] == examples[each.train : each.train + 1]
            )
            state = "done" if now == examples else "edited"
            self.editor.became(leaking=Leaking(number, state, desk.leaks))

    def measure(self, *, at_once: bool = False) -> None:
        """Count the tokens of all examples, and draw how they are spread."""
        if at_once and len(self.desk.data) <= _FEW:
            self._measure()
        else:
            self.editor.begin("measure", lambda: self._measure_later(_FIRST if at_once else _QUIET))

    async def _measure_later(self, pause: float) -> None:
        await asyncio.sleep(pause)
        await asyncio.to_thread(self._measure)

    def _measure(self) -> None:
        desk = self.desk
        with self.editor.alone():
            examples, counts = desk.data.examples, None if desk.tokens is None else list(desk.tokens)
        fresh = counts is None
        if counts is None:
            counts = self._counted(examples)
        lengths = lengths_of(counts, desk.counter, most_tokens(None))
        with self.editor.alone():
            if fresh:
                desk.tokens = [
                    counts[at] if at < len(counts) and example is examples[at] else desk.counter.example(example)
                    for at, example in enumerate(desk.data)
                ]
                desk.fresh += 1
                self.editor.became(lengths=lengths, sheet=sheet_of(desk, self.editor.now.sheet, told=self.editor.now.sheet.told))
            else:
                self.editor.became(lengths=lengths)
        if desk.journal is not None:
            desk.journal.begin(examples)

    def _counted(self, examples: Sequence[RactoTrainingExample]) -> list[int]:
        counts: list[int] = []
        for first in range(0, len(examples), CALM):
            counts += self.desk.counter.counts(examples[first : first + CALM])
            if len(examples) > _FEW:
                time.sleep(CALM_PAUSE)
        return counts

    def _mend_all(self, rule: str) -> None:
        desk, examples = self.desk, self.desk.data.examples
        fixed = mended(RactoDataset(examples), desk.provider, rule)
        with self.editor.alone():
            self.editor.refresh()
            changes = tuple(
                Change(at, (old,), (new,))
                for at, (old, new) in enumerate(zip(examples, fixed, strict=True))
                if new is not old and new != old and at < len(desk.data) and desk.data[at] is old
            )
            if not changes:
                raise UsageError(f"{rule!r} is not mended by itself in any example.")
            self.make(self._group(rule, changes))
            for change in changes:
                desk.found[change.place] = tuple(each for each in desk.found.get(change.place, ()) if each.rule != rule)
            self._checked()

    def _group(self, rule: str, changes: tuple[Change, ...]) -> Group:
        now = self.editor.now
        many = f" in {len(changes):,} examples" if len(changes) > 1 else ""
        return Group(f"mend {rule}{many}", changes, now.who, now.why)

    def _checked(self) -> None:
        """Show what is found by now."""
        desk, now = self.desk, self.editor.now
        parts: dict[str, object] = {"checks": checks_of(desk.findings()), "sheet": sheet_of(desk, now.sheet)}
        if now.opened is not None:
            parts["opened"] = opened_of(desk, now.opened.place, now.opened.key)
        self.editor.became(**parts)

    def _pair(self, number: int) -> None:
        leaking, data = self.editor.now.leaking, self.desk.data
        leak = leaking.leaks[number]
        if self.validation is None or leak.train >= len(data):
            raise UsageError("That training example is there no more. Look for leaks again.")
        self.editor.became(leaking=replace(leaking, both=Both(leak, data[leak.train], self.validation[leak.validation])))


async def _threaded(work: Callable[[], object]) -> None:
    await asyncio.to_thread(work)
