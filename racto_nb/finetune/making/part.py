"""How a dataset is made of what is there already."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Self, TypeVar

from racto_nb.finetune.collection import Collection
from racto_nb.finetune.making.made import Made

if TYPE_CHECKING:
    from racto_nb.budgets.budget import Budget
    from racto_nb.finetune.making.asking import MakingProgress
    from racto_nb.finetune.making.auditing import AuditSource
    from racto_nb.finetune.making.passages import Documents
    from racto_nb.ledger.ledger import Ledger
    from racto_nb.models.asking import AnsweringKit

T = TypeVar("T")


class Makeable(Collection):
    """The part of a dataset that makes one of recordings, ledgers, documents and audit logs.

    Each answers a `Made`: its `dataset`, and what was `left_out`, with the reasons. Each example says in `provenance` where it is
    from.
    """

    @classmethod
    def from_replay(cls, path: str | os.PathLike[str], *, whole_conversations: bool = True) -> Made[Self]:
        """A dataset of the calls that were recorded in the file `path`, or in all `*.replay.jsonl` below a folder.

        Each answer that came to its end becomes an example with the system text, all turns before it, the tools and the calls.
        What was cut, refused or failed is left out and told; so are questions with files, of which recordings keep a hash. With
        `whole_conversations` a turn whose conversation went on is left out, since the longer example has it.

        Raises MissingFileError, ReplayFileError for what is no recording, UsageError for a folder without any.

        >>> from pathlib import Path
        >>> from racto_nb.finetune import RactoDataset
        >>> from racto_nb.models import ChatConfig
        >>> from racto_nb.replay import record
        >>> from racto_nb.testing import FakeKit
        >>> with record("doctest.replay.jsonl"):
        ...     answer = FakeKit(["4"]).chat(ChatConfig(user_message="What is 2 + 2?"))
        >>> RactoDataset.from_replay("doctest.replay.jsonl")
        Made(1 example, left out: nothing)
        >>> Path("doctest.replay.jsonl").unlink()
        """
        from racto_nb.finetune.making.replaying import examples_from_replay

        return examples_from_replay(path, whole_conversations=whole_conversations).of(cls)

    @classmethod
    async def afrom_replay(cls, path: str | os.PathLike[str], *, whole_conversations: bool = True) -> Made[Self]:
        """A dataset of the calls that were recorded in the file `path`, or in all `*.replay.jsonl` below a folder."""
        return await _in_thread(lambda: cls.from_replay(path, whole_conversations=whole_conversations))

    @classmethod
    def from_ledger(cls, ledger: Ledger | str | os.PathLike[str] | None = None, *, system: str = "") -> Made[Self]:
        """A dataset of the questions and answers of a ledger that keeps texts; None is the ledger that holds.

        A ledger keeps texts only where it is told to (`texts=True`, RACTO_LEDGER_TEXTS=1), and no more than the last question and
        the answer. System texts, earlier turns and tools are only in recordings: see `from_replay`. `system` is put before each.

        Raises UsageError for a ledger that keeps no texts and for a file, MissingFileError where there is no such folder.
        """
        from racto_nb.finetune.making.ledgering import examples_from_ledger

        return examples_from_ledger(ledger, system=system).of(cls)

    @classmethod
    async def afrom_ledger(cls, ledger: Ledger | str | os.PathLike[str] | None = None, *, system: str = "") -> Made[Self]:
        """A dataset of the questions and answers of a ledger that keeps texts; None is the ledger that holds."""
        return await _in_thread(lambda: cls.from_ledger(ledger, system=system))

    @classmethod
    def from_audit(
        cls, entries: AuditSource, *, system: str = "", separator: str = ", ", min_confidence: float | None = None
    ) -> Made[Self]:
        """A dataset of what a classifier decided: each text with its label, from a file of JSON lines or from entries.

        The label is the answer, and stands in `tags["label"]`; several are joined by `separator`. `system` is what the tuned
        model will be told before each text. What failed, is uncertain, or has a lower confidence than `min_confidence` (0 to 1)
        is left out. A model that learns from a classifier learns its mistakes: look at some of them.

        Raises MissingFileError, and WrongTypeError for what is no entry.

        >>> from racto_nb.finetune import RactoDataset
        >>> entries = [{"user_query": "Where is my card?", "selected": ["card_arrival"], "confidences": [0.9]},
        ...            {"user_query": "Hm", "selected": ["other"], "uncertain": True}]
        >>> made = RactoDataset.from_audit(entries)
        >>> made, made.dataset[0].tags
        (Made(1 example, left out: 1 uncertain), {'label': 'card_arrival'})
        """
        from racto_nb.finetune.making.auditing import examples_from_audit

        return examples_from_audit(entries, system=system, separator=separator, min_confidence=min_confidence).of(cls)

    @classmethod
    async def afrom_audit(
        cls, entries: AuditSource, *, system: str = "", separator: str = ", ", min_confidence: float | None = None
    ) -> Made[Self]:
        """A dataset of what a classifier decided: each text with its label, from a file of JSON lines or from entries."""
        return await _in_thread(
            lambda: cls.from_audit(entries, system=system, separator=separator, min_confidence=min_confidence)
        )

    @classmethod
    def from_documents(
        cls,
        documents: Documents,
        kit: AnsweringKit,
        *,
        questions_per_chunk: int = 3,
        system: str = "",
        about: str = "",
        longest: int = 6_000,
        concurrency: int = 8,
        temperature: float = 0.0,
        max_tokens: int = 2_048,
        budget: Budget | None = None,
        on_progress: Callable[[MakingProgress], object] | None = None,
    ) -> Made[Self]:
        """A dataset of questions and answers that `kit` writes about documents, chunks or plain texts.

        Texts of more than `longest` characters are cut at paragraphs. Of each piece `questions_per_chunk` are asked for, `about`
        something if you say so, `concurrency` pieces at a time. `system` is what the tuned model will be told before each.

        An answer is left out whose quoted words, numbers or quotations are not in the piece. In its provenance are the words
        that it rests on (`note`), and source, page and place (`reference`). A piece that fails takes nothing from the others;
        what must fail for all (a refused key, an unknown model) is raised. With `budget` nothing is asked that may not fit, and
        the pieces left over say so. Under `record(...)` or `replay(mode="auto")` no answer is paid for twice.

        Raises UsageError or WrongTypeError for wrong arguments, before anything is asked.
        """
        from racto_nb.finetune.making.asking import AskingWish, examples_from_documents
        from racto_nb.flow.sync_driver import SyncDriver

        wish = AskingWish(questions_per_chunk, system, about, longest, concurrency, temperature, max_tokens, on_progress)
        with _within(budget):
            return SyncDriver().run(examples_from_documents(documents, kit, wish)).of(cls)

    @classmethod
    async def afrom_documents(
        cls,
        documents: Documents,
        kit: AnsweringKit,
        *,
        questions_per_chunk: int = 3,
        system: str = "",
        about: str = "",
        longest: int = 6_000,
        concurrency: int = 8,
        temperature: float = 0.0,
        max_tokens: int = 2_048,
        budget: Budget | None = None,
        on_progress: Callable[[MakingProgress], object] | None = None,
    ) -> Made[Self]:
        """A dataset of questions and answers that `kit` writes about documents, chunks or plain texts."""
        from racto_nb.finetune.making.asking import AskingWish, examples_from_documents
        from racto_nb.flow.async_driver import AsyncDriver

        wish = AskingWish(questions_per_chunk, system, about, longest, concurrency, temperature, max_tokens, on_progress)
        with _within(budget):
            return (await AsyncDriver().run(examples_from_documents(documents, kit, wish))).of(cls)


async def _in_thread(work: Callable[[], T]) -> T:
    from racto_nb.flow.threads import in_thread

    return await in_thread(work)


def _within(budget: Budget | None) -> AbstractContextManager[object]:
    from racto_nb.budgets.budget import check_budget

    check_budget(budget)
    return nullcontext() if budget is None else budget
