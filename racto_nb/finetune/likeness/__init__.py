"""Which examples are alike: duplicates, near ones, contradictions, and what of a validation set is in the training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.finetune.likeness.contradicting import contradictions as contradictions
    from racto_nb.finetune.likeness.duplicating import deduplicated as deduplicated
    from racto_nb.finetune.likeness.duplicating import duplicates as duplicates
    from racto_nb.finetune.likeness.duplicating import near_duplicates as near_duplicates
    from racto_nb.finetune.likeness.grouping import leak_groups as leak_groups
    from racto_nb.finetune.likeness.leaking import leaks as leaks
    from racto_nb.finetune.likeness.results import Contradiction as Contradiction
    from racto_nb.finetune.likeness.results import Dropped as Dropped
    from racto_nb.finetune.likeness.results import DuplicateGroup as DuplicateGroup
    from racto_nb.finetune.likeness.results import Found as Found
    from racto_nb.finetune.likeness.results import Leak as Leak
    from racto_nb.finetune.likeness.results import Span as Span

_PUBLIC = {
    "Contradiction": "racto_nb.finetune.likeness.results",
    "Dropped": "racto_nb.finetune.likeness.results",
    "DuplicateGroup": "racto_nb.finetune.likeness.results",
    "Found": "racto_nb.finetune.likeness.results",
    "Leak": "racto_nb.finetune.likeness.results",
    "Span": "racto_nb.finetune.likeness.results",
    "contradictions": "racto_nb.finetune.likeness.contradicting",
    "deduplicated": "racto_nb.finetune.likeness.duplicating",
    "duplicates": "racto_nb.finetune.likeness.duplicating",
    "leak_groups": "racto_nb.finetune.likeness.grouping",
    "leaks": "racto_nb.finetune.likeness.leaking",
    "near_duplicates": "racto_nb.finetune.likeness.duplicating",
}

__all__ = [
    "Contradiction",
    "Dropped",
    "DuplicateGroup",
    "Found",
    "Leak",
    "Span",
    "contradictions",
    "deduplicated",
    "duplicates",
    "leak_groups",
    "leaks",
    "near_duplicates",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
