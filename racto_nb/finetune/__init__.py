"""Fine-tune data: build it, check it, split it, price it, write it, and train with it where that can still be done.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.finetune.calls import TrainingTool as TrainingTool
    from racto_nb.finetune.calls import TrainingToolCall as TrainingToolCall
    from racto_nb.finetune.dataset import RactoDataset as RactoDataset
    from racto_nb.finetune.examples import Provenance as Provenance
    from racto_nb.finetune.examples import RactoTrainingExample as RactoTrainingExample
    from racto_nb.finetune.findings import Finding as Finding
    from racto_nb.finetune.links import FileLink as FileLink
    from racto_nb.finetune.messages import RactoTrainingMessage as RactoTrainingMessage
    from racto_nb.finetune.reading import RejectedRecord as RejectedRecord

_PUBLIC = {
    "FileLink": "racto_nb.finetune.links",
    "Finding": "racto_nb.finetune.findings",
    "Provenance": "racto_nb.finetune.examples",
    "RactoDataset": "racto_nb.finetune.dataset",
    "RactoTrainingExample": "racto_nb.finetune.examples",
    "RactoTrainingMessage": "racto_nb.finetune.messages",
    "RejectedRecord": "racto_nb.finetune.reading",
    "TrainingTool": "racto_nb.finetune.calls",
    "TrainingToolCall": "racto_nb.finetune.calls",
}

__all__ = [
    "FileLink",
    "Finding",
    "Provenance",
    "RactoDataset",
    "RactoTrainingExample",
    "RactoTrainingMessage",
    "RejectedRecord",
    "TrainingTool",
    "TrainingToolCall",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
