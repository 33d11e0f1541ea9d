"""A question for each row of a frame, answered by a fleet in chunks and gathered in order. Kind: flow."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from pydantic import BaseModel

from racto_nb.exceptions import PartlySentError, RactoGatewayConnectionError, UsageError
from racto_nb.fleet.carrying import Data, as_data
from racto_nb.fleet.kept_rows import Done, Keep, KeepSent, Kept, Known, RowsFile, identity_of, key_of
from racto_nb.fleet.progress import FleetProgress, Logged, Told
from racto_nb.fleet.sending import FleetPort, Post, Revoke, Seen, TaskStatus, new_id
from racto_nb.fleet.waiting import Again, checked_timeout, error_text, waiting
from racto_nb.flow.effects import Flow, call, now, send
from racto_nb.telemetry.headers import with_trace

_log = logging.getLogger("racto_nb.fleet")
_EXPIRY = 23 * 3_600.0
"""Seconds: a task that was sent longer ago may have lost its result, which brokers keep for a day; it is sent again."""


@dataclass(frozen=True, slots=True)
class MapWish:
    """How a frame is to be mapped."""

    response_model: type[BaseModel] | None = None
    prefix: str = ""
    chunk_size: int = 16
    checkpoint: str | os.PathLike[str] | None = None
    timeout_s: float | None = None
    told: Told | None = None

    def __post_init__(self) -> None:
        checked_timeout(self.timeout_s)
        size = cast("object", self.chunk_size)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            msg = f"chunk_size is a whole number of 1 or more, not {size!r}."
            raise UsageError(msg)


@dataclass(slots=True)
class Run:
    """What is known of each text so far, and where it is kept. Equal texts are asked once.

    `keys` are those of the rows, "" where a row has no text, and `rows` counts them; so how far it is takes no look at each row.
    Where tasks are not `lasting`, what is asked ends with the call.
    """

    keys: Sequence[str]
    texts: Mapping[str, str]
    problems: Sequence[str]
    wish: MapWish
    file: RowsFile | None
    rows: Mapping[str, int]
    lasting: bool = True
    answers: dict[str, Data] = field(default_factory=dict[str, Data])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    asked: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    """The tasks that were sent, and the keys of their texts."""
    known: int = 0
    done: int = 0
    failed: int = 0
    _log: Logged = field(default_factory=Logged, init=False)

    def remember(self, kept: Kept, moment: float) -> None:
        """Begin with what the file knows of these texts, and with the tasks that are on their way with one of them."""
        self.answers = {key: answer for key, answer in kept.answers.items() if key in self.texts}
        self.known = sum(self.rows[key] for key in self.answers)
        self.done += self.known
        open_ones = self.texts.keys() - self.answers.keys()
        fresh = {task_id: keys for task_id, (keys, at) in kept.sent.items() if moment - at < _EXPIRY}
        self.asked = {task_id: keys for task_id, keys in fresh.items() if not open_ones.isdisjoint(keys)}

    @property
    def told(self) -> Told:
        """Who hears how far it is."""
        return self.wish.told or self._log

    def chunks(self) -> dict[str, list[str]]:
        """New tasks for what is neither answered nor asked, with the keys of their texts."""
        gone = {key for keys in self.asked.values() for key in keys} | self.answers.keys()
        left, size = [key for key in self.texts if key not in gone], self.wish.chunk_size
        return {new_id(): left[start : start + size] for start in range(0, len(left), size)}

    def posted(self, task: str, question: Data, asked: Mapping[str, Sequence[str]]) -> Post:
        """What is sent for these tasks, or was: without the texts that are those of another frame, which nobody has here."""
        each = [[self.texts[key] for key in keys if key in self.texts] for keys in asked.values()]
        return Post(task, [{"question": question, "texts": texts} for texts in each], list(asked), headers=with_trace())

    def progress(self, running: int = 0) -> FleetProgress:
        """How far it is, in rows."""
        return FleetProgress(len(self.keys), self.done, self.failed, running, known=self.known)

    def take(self, seen: Seen) -> dict[str, Data]:
        """The answers of a chunk that has ended, by their keys."""
        keys = self.asked[seen.task_id]
        if seen.status is not TaskStatus.SUCCESS:
            self._miss(dict.fromkeys(keys, error_text(seen.result)))
            return {}
        of_each = _by_key(as_data(seen.result), keys)
        self.asked[seen.task_id] = list(of_each)  # what it was not asked for in the end is asked anew
        found = {key: outcome["answer"] for key, outcome in of_each.items() if "answer" in outcome}
        self.done += sum(self.rows.get(key, 0) for key in found.keys() - self.answers.keys())
        self.answers |= found
        self._miss({key: str(outcome["error"]) for key, outcome in of_each.items() if "answer" not in outcome})
        return found

    def _miss(self, errors: Mapping[str, str]) -> None:
        new = sum(self.rows.get(key, 0) for key in errors if key not in self.errors and key not in self.answers)
        self.done, self.failed = self.done + new, self.failed + new
        self.errors |= errors

    def outcomes(self) -> list[tuple[Data | None, str | None]]:
        """The answer of each row, or why there is none."""
        late = f"not answered within {self.wish.timeout_s or 0:g} s.{self._later()}"
        return [
            (None, why) if why else (self.answers.get(key), None if key in self.answers else self.errors.get(key, late))
            for key, why in zip(self.keys, self.problems, strict=True)
        ]

    def _later(self) -> str:
        if not self.lasting:
            return " It was taken back: the same call asks it anew."
        return " The same call goes on with it." if self.file is not None else ""


def run_of(texts: tuple[list[str], list[str]], worker: str, question: Data, wish: MapWish, *, lasting: bool = True) -> Run:
    """A run that knows nothing yet. A frame may be long: this is for a thread."""
    file = None if wish.checkpoint is None else RowsFile(wish.checkpoint, identity_of(worker, question))
    keys = ["" if why else key_of(text) for text, why in zip(*texts, strict=True)]
    wanted = {key: text for key, text in zip(keys, texts[0], strict=True) if key}
    empty = keys.count("")
    return Run(keys, wanted, texts[1], wish, file, Counter(keys), lasting, done=empty, failed=empty)


def _by_key(result: Data, keys: Sequence[str]) -> dict[str, Data]:
    """What came of each text of a task, that was sent for `keys`, or later for some of them: then the worker says for which."""
    outcomes = cast("list[Data]", result["outcomes"])
    if len(outcomes) == len(keys):
        return dict(zip(keys, outcomes, strict=True))
    told = cast("list[str]", result.get("keys", []))  # earlier workers did not say it: whose answers these are, nobody knows
    return {key: outcome for key, outcome in zip(told, outcomes, strict=False) if key in keys}


def mapping(port: FleetPort, task: str, question: Data, run: Run, *, resend_after: float | None = None) -> Flow[None]:
    """Ask `question` with each text of `run` that has no answer yet, in chunks, and write down what comes."""
    if run.file is not None:
        kept = cast("Kept", (yield from send(run.file, Known())))
        run.remember(kept, (yield from now()).wall)
    yield from call(partial(run.told, run.progress()))
    left = yield from _answered(port, task, question, run, resend_after)
    if left and not run.lasting:
        yield from _taken_back(port, left)
    if run.file is not None:
        yield from send(run.file, Done())


def _answered(port: FleetPort, task: str, question: Data, run: Run, resend_after: float | None) -> Flow[list[str]]:
    """Send what is not on its way and wait for it. The tasks that have not ended when the time is over."""
    limit, begun = run.wish.timeout_s, (yield from now()).clock
    ended: set[str] = set()
    while True:
        if chunks := run.chunks():
            yield from _sent(port, run, chunks, run.posted(task, question, chunks))
        asked = {task_id: keys for task_id, keys in run.asked.items() if task_id not in ended}
        if not asked:
            return []
        again = None if resend_after is None else Again(run.posted(task, question, asked), resend_after)
        over = limit if limit is None or not ended else max(0.0, limit - ((yield from now()).clock - begun))
        seen = yield from waiting(port, list(asked), over, partial(_heard, run), again)
        if left := [each.task_id for each in seen if not each.status.ended]:
            return left
        ended |= asked.keys()


def _sent(port: FleetPort, run: Run, chunks: Mapping[str, list[str]], post: Post) -> Flow[None]:
    """Send new tasks, which are written down before: who dies in between waits for them, and asks nothing twice."""
    noted = run.file if run.lasting else None
    if noted is not None:
        yield from send(noted, KeepSent(chunks, (yield from now()).wall))
    run.asked |= chunks
    try:
        yield from send(port, post)
    except RactoGatewayConnectionError as error:
        gone = error.sent if isinstance(error, PartlySentError) else 0
        if noted is not None:
            yield from send(noted, Keep({}, post.ids[gone + 1 :]))  # the one at which it broke may have been taken
        raise


def _taken_back(port: FleetPort, ids: Sequence[str]) -> Flow[None]:
    """The answers that have come are given all the same where that fails."""
    try:
        yield from send(port, Revoke(ids))
    except Exception as error:  # noqa: BLE001  (whatever a broker's library raises: it costs the rows nothing)
        yield from call(partial(_log.warning, "%d tasks could not be taken back: %s", len(ids), error_text(error)))


def _heard(run: Run, seen: Sequence[Seen], ended: Sequence[Seen]) -> Flow[None]:
    for each in ended:
        found = run.take(each)
        if run.file is not None:
            yield from send(run.file, Keep(found, [each.task_id]))
    running = sum(run.rows.get(key, 0) for each in seen if each.status is TaskStatus.STARTED for key in run.asked[each.task_id])
    yield from call(partial(run.told, run.progress(running)))


def chunk_data(texts: Sequence[str], found: Mapping[str, Data]) -> Data:
    """What the task of a chunk gives: what came of each text, and the texts' keys, since not each message of it has the same."""
    return {"outcomes": [found[str(place)] for place in range(len(texts))], "keys": [key_of(text) for text in texts]}


def outcomes_of(
    count: int, ask: Callable[[int], Data], wait_of: Callable[[Exception], float | None], known: Mapping[str, Data]
) -> tuple[dict[str, Data], float | None]:
    """In a worker: what came of each text of a chunk, and the seconds after which those that may pass are to be tried again.

    `known` has what came of some already, by their places. One text never ends the others.
    """
    found = dict(known)
    waits: list[float] = []

    def one(place: int) -> None:
        try:
            found[str(place)] = {"answer": ask(place)}
        except Exception as error:  # noqa: BLE001  (one bad row is one row's error)
            wait = wait_of(error)
            if wait is None:
                found[str(place)] = {"error": error_text(error)}
            else:
                waits.append(wait)

    _side_by_side([partial(one, place) for place in range(count) if str(place) not in found])
    return found, max(waits, default=None)


def _side_by_side(works: Sequence[Callable[[], Any]], most: int = 8) -> None:
    """LLM calls wait for others nearly all of their time: a few at once in each task."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(most, thread_name_prefix="racto-chunk") as pool:
        for future in [pool.submit(copy_context().run, work) for work in works]:  # each in the span of the chunk
            future.result()
