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
    from racto_nb.finetune.diffing import DatasetDiff as DatasetDiff
    from racto_nb.finetune.examples import Provenance as Provenance
    from racto_nb.finetune.examples import RactoTrainingExample as RactoTrainingExample
    from racto_nb.finetune.findings import Finding as Finding
    from racto_nb.finetune.history import Edit as Edit
    from racto_nb.finetune.history import History as History
    from racto_nb.finetune.likeness.contradicting import contradictions as contradictions
    from racto_nb.finetune.likeness.duplicating import deduplicated as deduplicated
    from racto_nb.finetune.likeness.duplicating import duplicates as duplicates
    from racto_nb.finetune.likeness.duplicating import near_duplicates as near_duplicates
    from racto_nb.finetune.likeness.grouping import leak_groups as leak_groups
    from racto_nb.finetune.likeness.leaking import leaks as leaks
    from racto_nb.finetune.likeness.results import Contradiction as Contradiction
    from racto_nb.finetune.likeness.results import DuplicateGroup as DuplicateGroup
    from racto_nb.finetune.likeness.results import Leak as Leak
    from racto_nb.finetune.links import FileLink as FileLink
    from racto_nb.finetune.making.made import LeftOut as LeftOut
    from racto_nb.finetune.making.made import Made as Made
    from racto_nb.finetune.messages import RactoTrainingMessage as RactoTrainingMessage
    from racto_nb.finetune.pricing import TrainingPrice as TrainingPrice
    from racto_nb.finetune.reading import RejectedRecord as RejectedRecord
    from racto_nb.finetune.token_lengths import TokenLengths as TokenLengths
    from racto_nb.finetune.tokens import TokenCounter as TokenCounter
    from racto_nb.finetune.tokens import token_counts as token_counts
    from racto_nb.finetune.tuning.anthropic_tuner import AnthropicFineTuner as AnthropicFineTuner
    from racto_nb.finetune.tuning.gemini_tuner import GeminiFineTuner as GeminiFineTuner
    from racto_nb.finetune.tuning.local_tuner import LocalFineTuner as LocalFineTuner
    from racto_nb.finetune.tuning.openai_tuner import OpenAIFineTuner as OpenAIFineTuner
    from racto_nb.finetune.tuning.tuner import TuningJob as TuningJob

_PUBLIC = {
    "AnthropicFineTuner": "racto_nb.finetune.tuning.anthropic_tuner",
    "Contradiction": "racto_nb.finetune.likeness.results",
    "DatasetDiff": "racto_nb.finetune.diffing",
    "DuplicateGroup": "racto_nb.finetune.likeness.results",
    "Edit": "racto_nb.finetune.history",
    "FileLink": "racto_nb.finetune.links",
    "Finding": "racto_nb.finetune.findings",
    "Findings": "racto_nb.finetune.checking.results",
    "GeminiFineTuner": "racto_nb.finetune.tuning.gemini_tuner",
    "History": "racto_nb.finetune.history",
    "Leak": "racto_nb.finetune.likeness.results",
    "LeftOut": "racto_nb.finetune.making.made",
    "LocalFineTuner": "racto_nb.finetune.tuning.local_tuner",
    "Made": "racto_nb.finetune.making.made",
    "OpenAIFineTuner": "racto_nb.finetune.tuning.openai_tuner",
    "Provenance": "racto_nb.finetune.examples",
    "RactoDataset": "racto_nb.finetune.dataset",
    "RactoTrainingExample": "racto_nb.finetune.examples",
    "RactoTrainingMessage": "racto_nb.finetune.messages",
    "RejectedRecord": "racto_nb.finetune.reading",
    "TokenCounter": "racto_nb.finetune.tokens",
    "TokenLengths": "racto_nb.finetune.token_lengths",
    "TrainingPrice": "racto_nb.finetune.pricing",
    "TrainingTool": "racto_nb.finetune.calls",
    "TrainingToolCall": "racto_nb.finetune.calls",
    "TuningJob": "racto_nb.finetune.tuning.tuner",
    "contradictions": "racto_nb.finetune.likeness.contradicting",
    "deduplicated": "racto_nb.finetune.likeness.duplicating",
    "duplicates": "racto_nb.finetune.likeness.duplicating",
    "leak_groups": "racto_nb.finetune.likeness.grouping",
    "leaks": "racto_nb.finetune.likeness.leaking",
    "near_duplicates": "racto_nb.finetune.likeness.duplicating",
    "token_counts": "racto_nb.finetune.tokens",
}

__all__ = [
    "AnthropicFineTuner",
    "Contradiction",
    "DatasetDiff",
    "DuplicateGroup",
    "Edit",
    "FileLink",
    "Finding",
    "Findings",
    "GeminiFineTuner",
    "History",
    "Leak",
    "LeftOut",
    "LocalFineTuner",
    "Made",
    "OpenAIFineTuner",
    "Provenance",
    "RactoDataset",
    "RactoTrainingExample",
    "RactoTrainingMessage",
    "RejectedRecord",
    "TokenCounter",
    "TokenLengths",
    "TrainingPrice",
    "TrainingTool",
    "TrainingToolCall",
    "TuningJob",
    "contradictions",
    "deduplicated",
    "duplicates",
    "leak_groups",
    "leaks",
    "near_duplicates",
    "token_counts",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
