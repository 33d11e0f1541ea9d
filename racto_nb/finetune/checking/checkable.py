"""What a dataset does about its own mistakes: it finds them, and mends those that can be mended without a loss. Kind: plain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Self

from racto_nb.finetune.collection import Collection, checked_all
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.flow.threads import in_thread

if TYPE_CHECKING:
    from racto_nb.finetune.checking.results import Findings


class Checkable(Collection):
    """A dataset that can be checked for a provider. The rules are in docs/guides/finetune_checks.md."""

    def validate(
        self,
        provider: str = "openai",
        *,
        model: str | None = None,
        validation: Collection | Sequence[RactoTrainingExample] | None = None,
        rules: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        max_tokens: int | None = None,
        likeness: float = 0.75,
        ngram: int = 13,
        label: str = "label",
    ) -> Findings:
        """What is wrong with the data for `provider`: a list of errors, empty and false when there are none.

        `provider` is the name of a format ("openai", "openai_dpo", "openai_rft", "anthropic", "gemini", "gemini_preference",
        "sharegpt", "alpaca", "racto"), `model` the one to be tuned, whose figures count. `validation` is the data that the model
        will be measured with: what stands in both is told of. `rules` asks these alone, `ignore` leaves some out: both name rules
        or groups of them ("structure", "privacy", ...). `max_tokens` is the most tokens of an example in place of the documented
        figure. `likeness` (0 to 1), `ngram` (words) and `label` (a
        tag) are what the rules on near duplicates, leaks and labels go by.

        Warnings and hints are in `.warnings` and `.hints` of the result. UsageError for a provider or a rule that nobody knows,
        with the nearest.

        >>> from racto_nb.finetune import RactoDataset
        >>> errors = RactoDataset.from_pairs([("What is a list?", "")] * 10).validate("openai", rules=["empty_content"])
        >>> len(errors), errors[0].fix
        (10, 'Write it, or take it out.')
        """
        from racto_nb.finetune.checking.asking import found
        from racto_nb.finetune.checking.hiding import without_finds
        from racto_nb.finetune.checking.options import CheckOptions
        from racto_nb.finetune.checking.results import Findings
        from racto_nb.finetune.checking.table import chosen
        from racto_nb.finetune.checking.targets import target_named

        target = target_named(provider)
        asked = chosen(target, rules, ignore)
        against = () if validation is None else tuple(checked_all(tuple(validation)))
        ask = CheckOptions(target, model, against, max_tokens, likeness, ngram, label)
        examples = self.examples
        return Findings(without_finds(found(examples, ask, asked), examples), provider=target.name, examples=len(examples))

    async def avalidate(
        self,
        provider: str = "openai",
        *,
        model: str | None = None,
        validation: Collection | Sequence[RactoTrainingExample] | None = None,
        rules: Iterable[str] | None = None,
        ignore: Iterable[str] = (),
        max_tokens: int | None = None,
        likeness: float = 0.75,
        ngram: int = 13,
        label: str = "label",
    ) -> Findings:
        """What is wrong with the data for `provider`: a list of errors, empty and false when there are none.

        As `validate`, in a thread: the loop goes on.
        """
        return await in_thread(
            self.validate,
            provider,
            model=model,
            validation=validation,
            rules=rules,
            ignore=ignore,
            max_tokens=max_tokens,
            likeness=likeness,
            ngram=ngram,
            label=label,
        )

    def fix(self, provider: str = "openai", *, rules: Iterable[str] | None = None) -> Self:
        """Another dataset, in which what can be mended without a loss is mended.

        Without `rules` that is what findings call `fixable`: roles that go by another name, weights on turns that are not learnt,
        empty arguments, calls without ids. What may be meant is mended only where its rule is named: "whitespace_at_ends",
        "extra_keys", "turns_alternate". No example is taken out; what was done is in the history. A second time changes nothing,
        and is no edit.
        UsageError as of `validate`.

        >>> from racto_nb.finetune import RactoDataset, RactoTrainingExample
        >>> talk = RactoTrainingExample.from_conversation([("human", "What is a list?"), ("gpt", "An ordered sequence.")])
        >>> [message.role for message in RactoDataset([talk]).fix()[0].messages]
        ['user', 'assistant']
        """
        from racto_nb.finetune.checking.asking import in_words, mended
        from racto_nb.finetune.checking.options import CheckOptions
        from racto_nb.finetune.checking.table import chosen
        from racto_nb.finetune.checking.targets import target_named

        target = target_named(provider)
        after = mended(self.examples, CheckOptions(target), chosen(target, rules), named=rules is not None)
        if not after.done:
            return copy(self)
        return self._with(after.examples, in_words(after.done, target.name))
