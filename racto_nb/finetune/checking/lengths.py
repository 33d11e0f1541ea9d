"""Examples with more tokens than a model learns from. Pure functions; the counter is finetune/tokens.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.limits import READ, token_limit
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import Surveyed, surveyed
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity
from racto_nb.finetune.tokens import TokenCounter, is_all_text

_BYTES = 4
"""The most bytes of a letter."""
_AROUND, _CONVERSATION = 80, 16
"""More tokens than stand around one message (its role, its name, what separates it from others), and around all of them."""
_SURELY = 1.5
"""An estimate that is this much over the figure is over it, whatever the texts are."""


def _too_long(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    most, whose = _most(ask)
    if most is None:
        return
    places = _that_may_exceed(surveyed(examples), most)
    if not places:
        return
    counter = TokenCounter(ask.model)
    for place, count in zip(places, counter.counts([examples[place] for place in places]), strict=True):
        if count > most:
            about = "" if counter.exact and is_all_text(examples[place]) else "about "
            severity: Severity = "error" if not about or count > _SURELY * most else "warning"
            says = f"It has {about}{count:,} tokens; {whose} {most:,} of one example."
            yield Finding("too_many_tokens", severity, says, example=place, fix="Shorten it, or make several of it.")


def _most(ask: CheckOptions) -> tuple[int | None, str]:
    """The most tokens of an example, and who says so as the beginning of a sentence."""
    if ask.max_tokens is not None:
        return ask.max_tokens, "you allow"
    limit = token_limit(ask.target.family, ask.model)
    if limit is None:
        return None, ""
    return limit.tokens, f"{ask.model} learns from" if ask.model else f"no model of {ask.target.family} learns from more than"


def _that_may_exceed(examples: Surveyed, most: int) -> list[int]:
    """The examples that may have more tokens than `most`: a text has at most one a byte, so that short ones are not counted."""
    special = set(examples.special)
    return [
        place
        for place, letters in enumerate(examples.letters)
        if place in special or letters * _BYTES > most - _CONVERSATION - _AROUND * len(examples[place].messages)
    ]


def _unknown(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
    if examples and ask.model and ask.max_tokens is None and token_limit(ask.target.family, ask.model) is None:
        says = f"How many tokens an example may have is not known for the model {ask.model!r:.80} (documents read {READ})."
        yield Finding("token_limit_unknown", "hint", says, fix="Give max_tokens= where you know it.")


RULES = (
    Rule(
        "too_many_tokens",
        "error",
        "An example has more tokens than the model learns from; the rest is cut off. A warning where tokens are estimated.",
        _too_long,
    ),
    Rule("token_limit_unknown", "hint", "No documented figure is known for the model that is named.", _unknown),
)
