"""`map_frame`, whatever moves the tasks of a fleet. Kind: flow."""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from pydantic import BaseModel

from racto_nb.fleet.carrying import Data, Known, question_data
from racto_nb.fleet.frames import Frame, columns_for, questions_of, refuse_taken, values_of, with_columns
from racto_nb.fleet.kept_rows import Done
from racto_nb.fleet.mapping import MapWish, Run, mapping, run_of
from racto_nb.fleet.progress import Told
from racto_nb.fleet.sending import FleetPort, Revoke
from racto_nb.fleet.waiting import error_text
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.flow.threads import ThreadedPort, in_thread
from racto_nb.models.chat import ChatConfig
from racto_nb.prompts.engine import RactoPrompt

T = TypeVar("T")
_log = logging.getLogger("racto_nb.fleet")
_ANY_TEXT = "-"
"""Stands for the text of a row while the rest of the question is checked."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a fleet is reached: its port, the task that answers chunks, the name of its worker, and what that knows.

    Where tasks are not `lasting`, they end with the call that sent them. After `resend_after` seconds without news those that
    nobody has begun are sent again.
    """

    port: FleetPort
    task: str
    worker: str
    known: Known
    lasting: bool = True
    resend_after: float | None = None


class FrameMapper(ABC):
    """Answers a question for each row of a frame."""

    @abstractmethod
    def _way(self) -> Way: ...

    def map_frame(
        self,
        frame: Frame,
        question: str,
        *,
        prompt: RactoPrompt | None = None,
        response_model: type[BaseModel] | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        extra: dict[str, Any] | None = None,
        prefix: str = "",
        chunk_size: int = 16,
        checkpoint: str | os.PathLike[str] | None = None,
        timeout_s: float | None = None,
        on_progress: Told | None = None,
    ) -> Frame:
        """Ask a question for each row of a frame on the fleet; a new frame with the answers, its rows and order as they were.

        `frame` is a DataFrame of pandas or polars. `question` is the name of a column of texts, or a text with columns in braces:
        `"Translate to French: {title}"`. The answers come as a column `answer`, or with `response_model` as a column a field; an
        `error` column is always there and says why a row has no answer. One row never ends the others. `prefix` stands before
        the names of these columns.

        Equal texts are asked once. The rows travel in chunks of `chunk_size`; a worker answers eight of a chunk at a time, and
        tries those again that failed for a reason that may pass. With `checkpoint`, the path of a file, each answer is written
        down when it comes: the same call in another session asks nothing twice, and waits for what is still on its way (on Dask
        that is taken back, and asked anew). The file belongs to this question; UsageError for another one. After `timeout_s`
        seconds the rows without an answer say so.

        `on_progress` hears a FleetProgress; without it the log `racto_nb.fleet.progress` does, from which a notebook with the
        extension loaded draws a bar.
        """
        wish = MapWish(response_model, prefix, chunk_size, checkpoint, timeout_s, on_progress)
        asked = {"prompt": prompt, "temperature": temperature, "max_tokens": max_tokens, "extra": extra}
        way, data, run = self._begun(frame, question, asked, wish)
        try:
            SyncDriver().run(mapping(way.port, way.task, data, run, resend_after=way.resend_after))
        except BaseException:
            try:
                if not way.lasting:
                    _tried(way.port, Revoke(list(run.asked)))
            finally:
                if run.file is not None:
                    _tried(run.file, Done())
            raise
        return _answered(frame, run)

    async def amap_frame(
        self,
        frame: Frame,
        question: str,
        *,
        prompt: RactoPrompt | None = None,
        response_model: type[BaseModel] | None = None,
        temperature: float = 0.0,
        max_tokens: int = 4096,
        extra: dict[str, Any] | None = None,
        prefix: str = "",
        chunk_size: int = 16,
        checkpoint: str | os.PathLike[str] | None = None,
        timeout_s: float | None = None,
        on_progress: Told | None = None,
    ) -> Frame:
        """Ask a question for each row of a frame on the fleet; a new frame with the answers, its rows and order as they were."""
        wish = MapWish(response_model, prefix, chunk_size, checkpoint, timeout_s, on_progress)
        asked = {"prompt": prompt, "temperature": temperature, "max_tokens": max_tokens, "extra": extra}
        way, data, run = await in_thread(self._begun, frame, question, asked, wish)
        try:
            await AsyncDriver().run(mapping(way.port, way.task, data, run, resend_after=way.resend_after))
        except BaseException:
            if not way.lasting:
                way.port.run(partial(_tried, way.port, Revoke(list(run.asked))))
            if run.file is not None:
                run.file.run(partial(_tried, run.file, Done()))
            raise
        return await in_thread(_answered, frame, run)

    def _begun(self, frame: object, question: str, asked: Mapping[str, Any], wish: MapWish) -> tuple[Way, Data, Run]:
        way = self._way()
        texts = questions_of(frame, question)
        refuse_taken(frame, columns_for(wish.response_model), wish.prefix)
        given = {name: value for name, value in {**asked, "response_model": wish.response_model}.items() if value is not None}
        data = question_data(ChatConfig.model_validate({"user_message": _ANY_TEXT, **given}), way.known)
        del data["user_message"]
        return way, data, run_of(texts, way.worker, data, wish, lasting=way.lasting)


def _tried(port: ThreadedPort[T, Any], request: T) -> None:
    """Do what is done on leaving. What fails there must not stand before the error that is being raised, nor end the rest."""
    try:
        port.send(request)
    except Exception as error:  # noqa: BLE001  (whatever a broker's library or a disk raises: the error of the call is the one that is raised)
        _log.warning("What map_frame does on leaving failed: %s", error_text(error))


def _answered(frame: Frame, run: Run) -> Frame:
    wish = run.wish
    rows = [values_of(answer, error, wish.response_model) for answer, error in run.outcomes()]
    columns = columns_for(wish.response_model)
    return with_columns(frame, {wish.prefix + name: [row.get(name) for row in rows] for name in columns})
