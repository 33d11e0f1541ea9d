"""A question for each row of a frame, answered by a fleet in chunks and gathered in order. Kind: flow."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from pydantic import BaseModel

from racto_nb.exceptions import UsageError
from racto_nb.fleet.carrying import Data, as_data
from racto_nb.fleet.kept_rows import Done, Keep, KeepSent, Kept, Known, RowsFile, identity_of, key_of
from racto_nb.fleet.progress import FleetProgress, Logged, Told
from racto_nb.fleet.sending import FleetPort, Post, Seen, TaskStatus, new_id
from racto_nb.fleet.waiting import Again, checked_timeout, error_text, waiting
from racto_nb.flow.effects import Flow, call, now, send
from racto_nb.telemetry.headers import with_trace

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
    """What is known of each text so far, and where it is kept. Equal texts are asked once."""

    texts: Sequence[str]
    problems: Sequence[str]
    wish: MapWish
    file: RowsFile | None
    answers: dict[str, Data] = field(default_factory=dict[str, Data])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    asked: dict[str, list[str]] = field(default_factory=dict[str, "list[str]"])
    """The tasks that were sent, and the keys of their texts."""
    known: int = 0

    def row_keys(self) -> list[str]:
        """The key of each row; "" where it has no text."""
        return ["" if why else key_of(text) for text, why in zip(self.texts, self.problems, strict=True)]

    def left(self) -> dict[str, str]:
        """The texts by their keys that are neither answered nor asked."""
        gone = {key for keys in self.asked.values() for key in keys} | self.answers.keys()
        return {key: text for key, text in zip(self.row_keys(), self.texts, strict=True) if key and key not in gone}

    def progress(self, running: int = 0) -> FleetProgress:
        """How far it is, in rows."""
        done = [key for key in self.row_keys() if not key or key in self.answers or key in self.errors]
        failed = sum(1 for key in done if not key or key in self.errors)
        return FleetProgress(len(self.texts), len(done), failed, running, known=self.known)

    def take(self, seen: Seen) -> dict[str, Data]:
        """The answers of a chunk that has ended, by their keys."""
        keys = self.asked[seen.task_id]
        if seen.status is not TaskStatus.SUCCESS:
            self.errors |= dict.fromkeys(keys, error_text(seen.result))
            return {}
        found: dict[str, Data] = {}
        for key, outcome in zip(keys, cast("list[Data]", as_data(seen.result)["outcomes"]), strict=True):
            if "answer" in outcome:
                found[key] = outcome["answer"]
            else:
                self.errors[key] = str(outcome["error"])
        self.answers |= found
        return found

    def outcomes(self) -> list[tuple[Data | None, str | None]]:
        """The answer of each row, or why there is none."""
        more = " The same call goes on with it." if self.file is not None else ""
        late = f"not answered within {self.wish.timeout_s or 0:g} s.{more}"
        return [
            (None, why) if why else (self.answers.get(key), None if key in self.answers else self.errors.get(key, late))
            for key, why in zip(self.row_keys(), self.problems, strict=True)
        ]


def run_of(texts: tuple[list[str], list[str]], worker: str, question: Data, wish: MapWish) -> Run:
    """A run that knows nothing yet."""
    file = None if wish.checkpoint is None else RowsFile(wish.checkpoint, identity_of(worker, question))
    return Run(*texts, wish, file)


def mapping(
    port: FleetPort, task: str, question: Data, run: Run, *, lasting: bool = True, resend_after: float | None = None
) -> Flow[None]:
    """Ask `question` with each text of `run` that has no answer yet, in chunks, and write down what comes."""
    told = run.wish.told or Logged()
    yield from _remember(run)
    yield from call(partial(told, run.progress()))
    keys = list(run.left().items())
    size = run.wish.chunk_size
    chunks = {new_id(): dict(keys[start : start + size]) for start in range(0, len(keys), size)}
    again: Again | None = None
    if chunks:
        payloads = [{"question": question, "texts": list(chunk.values())} for chunk in chunks.values()]
        post = Post(task, payloads, list(chunks), headers=with_trace())
        yield from send(port, post)
        again = None if resend_after is None else Again(post, resend_after)
        run.asked |= {task_id: list(chunk) for task_id, chunk in chunks.items()}
        if run.file is not None and lasting:
            sent = {task_id: list(chunk) for task_id, chunk in chunks.items()}
            yield from send(run.file, KeepSent(sent, (yield from now()).wall))
    if run.asked:
        yield from waiting(port, list(run.asked), run.wish.timeout_s, partial(_heard, run, told), again)
    if run.file is not None:
        yield from send(run.file, Done())


def _remember(run: Run) -> Flow[None]:
    if run.file is None:
        return
    kept = cast("Kept", (yield from send(run.file, Known())))
    wanted = {key for key in run.row_keys() if key}
    run.answers = {key: answer for key, answer in kept.answers.items() if key in wanted}
    run.known = sum(1 for key in run.row_keys() if key in run.answers)
    moment = (yield from now()).wall
    run.asked = {task_id: keys for task_id, (keys, at) in kept.sent.items() if moment - at < _EXPIRY}


def _heard(run: Run, told: Told, seen: Sequence[Seen], ended: Sequence[Seen]) -> Flow[None]:
    for each in ended:
        found = run.take(each)
        if run.file is not None:
            yield from send(run.file, Keep(found, [each.task_id]))
    running = sum(len(run.asked[each.task_id]) for each in seen if each.status is TaskStatus.STARTED)
    yield from call(partial(told, run.progress(running)))


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
