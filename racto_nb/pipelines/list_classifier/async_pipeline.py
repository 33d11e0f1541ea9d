"""AsyncListClassifierPipeline: the same with `run` and `batch_run` as coroutines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from racto_nb.pipelines.list_classifier.calls import Output
from racto_nb.pipelines.list_classifier.pipeline import ListClassifierPipeline


class AsyncListClassifierPipeline(ListClassifierPipeline):
    """A ListClassifierPipeline whose `run` and `batch_run` are awaited: they are `arun` and `abatch_run`."""

    async def run(self, user_query: str, **kwargs: Any) -> Output:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Sort one text. `kwargs` are those of `arun`."""
        return cast("Output", await self.arun(user_query, **kwargs))

    async def batch_run(self, queries: Sequence[str], **kwargs: Any) -> list[Output]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Sort many texts: their results, in their order. `kwargs` are those of `abatch_run`."""
        return cast("list[Output]", await self.abatch_run(queries, **kwargs))
