"""Fine-tune data: build it, check it, split it, price it, write it, and train with it where that can still be done.

Importing this package imports almost nothing; every public name below is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.finetune.calls import TrainingTool as TrainingTool
    from racto_nb.finetune.calls import TrainingToolCall as TrainingToolCall
    from racto_nb.finetune.checking.results import Findings as Findings
    from racto_nb.finetune.dataset import RactoDataset as RactoDataset
    from racto_nb.finetune.examples import Provenance as Provenance
    from racto_nb.finetune.examples import RactoTrainingExample as RactoTrainingExample
    from racto_nb.finetune.findings import Finding as Finding
    from racto_nb.finetune.links import FileLink as FileLink
    from racto_nb.finetune.messages import RactoTrainingMessage as RactoTrainingMessage

_PUBLIC = {
    "FileLink": "racto_nb.finetune.links",
    "Finding": "racto_nb.finetune.findings",
    "Findings": "racto_nb.finetune.checking.results",
    "Provenance": "racto_nb.finetune.examples",
    "RactoDataset": "racto_nb.finetune.dataset",
    "RactoTrainingExample": "racto_nb.finetune.examples",
    "RactoTrainingMessage": "racto_nb.finetune.messages",
    "TrainingTool": "racto_nb.finetune.calls",
    "TrainingToolCall": "racto_nb.finetune.calls",
}

__all__ = [
    "FileLink",
    "Finding",
    "Findings",
    "Provenance",
    "RactoDataset",
    "RactoTrainingExample",
    "RactoTrainingMessage",
    "TrainingTool",
    "TrainingToolCall",
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
