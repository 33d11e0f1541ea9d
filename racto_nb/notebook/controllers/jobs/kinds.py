"""The kinds of objects whose jobs are known, and where their sources are. Nothing of them is imported until one is met.

A kind of work is one file with a class like `widgets.jobs.sources.JobSource`, made of the object with the jobs, and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping

SOURCES: Mapping[str, str] = {
    "racto_nb.batch.processor.BatchProcessor": "racto_nb.notebook.widgets.jobs.batches:Batches",
    "racto_nb.celery.worker.RactoCeleryWorker": "racto_nb.notebook.widgets.jobs.fleets:Fleets",
    "racto_nb.finetune.tuning.tuner.FineTuner": "racto_nb.notebook.widgets.jobs.tunings:Tunings",
    "racto_nb.rag.pipeline.RactoRAG": "racto_nb.notebook.widgets.jobs.ingestions:IngestionsOf",
}
"""By the full name of a class (its subclasses count too), the module and the name of the source of its jobs."""


def source_named(value: object) -> str:
    """Where the source of the jobs of `value` is; "" for what has none.

    >>> source_named(3)
    ''
    """
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(value).__mro__)
    return next((SOURCES[name] for name in names if name in SOURCES), "")
