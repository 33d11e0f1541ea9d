"""The same question with different answers: what a model cannot learn. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import cast

import msgspec

from racto_nb.cache.guarding import disagreement
from racto_nb.cache.words import FUNCTION_WORDS
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.compared import NOTHING, Compared, Forms, is_odd, prompt_and_answer, said_by
from racto_nb.finetune.likeness.duplicating import shown_of
from racto_nb.finetune.likeness.nearness import near_asked
from racto_nb.finetune.likeness.normalising import Normal
from racto_nb.finetune.likeness.results import Answers, Contradiction, Found, piece
from racto_nb.finetune.messages import text_of

THRESHOLD = 0.6
"""Lower than for near duplicates, since here the words that mean something must be the same besides."""

_LONGEST_LABEL = 10
_REPEATED = 2
_CLITICS = frozenset(("s", "t", "m", "d", "ll", "re", "ve"))
_SHORTEST_STEM = 4
_ENDINGS = frozenset(("", "s", "es", "ed", "d", "ing"))


def contradictions(
    examples: Sequence[RactoTrainingExample],
    *,
    near: bool = True,
    threshold: float = THRESHOLD,
    label: str = "label",
    forms: Forms | None = None,
) -> Found[Contradiction]:
    """Questions that are the same and have different answers, the surest first.

    The answer of an example is its tag `label` where it has one, else what the assistant says, calls, or is graded by. Settings
    (system texts, files, tools) must be the same. Questions that differ by a bracket or a sign between letters ("[]" and "()",
    "!x" and "x") are others; case and the punctuation of prose do not count.

    Where answers are labels (of at most ten words, each used twice on average), questions that are nearly the same are compared
    too (`near`): they overlap by `threshold` (0.3 to 1), and their numbers, names, negations and all words that mean something
    are the same. Longer texts that answer one question in several ways are found with of="text": often that is meant. An example
    that prefers what another one rejects is of="preference"; what pairs prefer is not compared otherwise.

    `forms` keeps what was compared for the next one.

    >>> ask = RactoTrainingExample.from_pair
    >>> contradictions([ask("Is it open?", "yes"), ask("is it open", "no"), ask("Why?", "yes"), ask("Who?", "no")])
    Contradictions: 1
      Examples 0, 1 ask the same and differ: 'Is it open?' is 'yes' / 'no'
    """
    seen = (forms or Forms()).of(examples, "symbols")
    told = [_Told(example, form, label) for example, form in zip(examples, seen, strict=True)]
    labelled = _are_labels([one.answer for one in told if one.answer])
    found = [*_same(told, "label" if labelled else "text"), *_preferences(told)]
    if near and labelled:
        found += _near(told, threshold)
    return Found(sorted(found, key=lambda one: (-one.likeness, one.examples)), "Contradictions")


class _Told:
    """An example with its answer: as it is compared ("" for none) and as it is shown."""

    def __init__(self, example: RactoTrainingExample, form: Compared, label: str) -> None:
        self.example, self.form = example, form
        self._tag = _tag(example, label)
        self.answer = self._told() if self._tag is None else self._tag

    def _told(self) -> str:
        if self.example.preferred or is_odd(self.example):
            return ""  # several pairs for one prompt are usual
        return self.form.answer + ("" if self.form.beside == NOTHING else f"\x1f{self.form.beside.hex()}")

    @property
    def shown(self) -> str:
        if self._tag is not None:
            return piece(self._tag)
        _, answering = prompt_and_answer(self.example)
        texts = [text for message in answering if (text := text_of(message))]
        texts += [f"{call.name}({call.arguments})" for message in answering for call in message.tool_calls]
        if self.example.reference is not None:
            texts.append(msgspec.json.encode(self.example.reference).decode())
        return piece(" ".join(texts))

    @property
    def asked(self) -> str:
        return " ".join(said_by(self.example))


def _tag(example: RactoTrainingExample, label: str) -> str | None:
    """The tag that holds the answer; None where there is none, or what it holds is no text."""
    tags: object = example.tags
    found = cast("dict[str, object]", tags).get(label) if isinstance(tags, dict) else None
    return found if isinstance(found, str) else None


def _are_labels(answers: Sequence[str]) -> bool:
    distinct = set(answers)
    short = all(answer.count(" ") < _LONGEST_LABEL for answer in distinct)
    return short and len(answers) >= _REPEATED * len(distinct)


def _same(told: Sequence[_Told], of: Answers) -> Iterator[Contradiction]:
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, one in enumerate(told):
        if one.answer:
            places[one.form.prompt].append(place)
    for group in places.values():
        if len({told[place].answer for place in group}) > 1:
            yield _contradiction(told, tuple(group), of)


def _near(told: Sequence[_Told], threshold: float) -> Iterator[Contradiction]:
    normal = Normal(symbols=True)
    for one, other, likeness in near_asked([each.form for each in told], threshold):
        mine, theirs = told[one], told[other]
        if (
            mine.answer
            and theirs.answer
            and mine.answer != theirs.answer
            and mine.form.setting == theirs.form.setting
            and _mean_the_same(mine.asked, theirs.asked, normal)
        ):
            yield _contradiction(told, (one, other), "label", likeness)


def _preferences(told: Sequence[_Told]) -> Iterator[Contradiction]:
    """What one example prefers and another one with the same prompt rejects."""
    normal = Normal(symbols=True)
    both = ((place, one) for place, one in enumerate(told) if one.example.preferred and one.example.rejected)
    pairs = [(place, one) for place, one in both if not is_odd(one.example)]
    preferring: defaultdict[tuple[bytes, str], list[int]] = defaultdict(list)
    for place, one in pairs:
        preferring[one.form.prompt, one.form.answer].append(place)
    opposed = {
        (min(place, other), max(place, other))
        for place, one in pairs
        for other in preferring.get((one.form.prompt, _rejected(one.example, normal)), ())
    }
    for places in sorted(opposed):
        yield _contradiction(told, places, "preference")


def _rejected(example: RactoTrainingExample, normal: Normal) -> str:
    return " ".join([normal(message.content) for message in example.rejected])


def _contradiction(told: Sequence[_Told], places: tuple[int, ...], of: Answers, likeness: float = 1.0) -> Contradiction:
    first = told[places[0]].example
    return Contradiction(places, tuple(told[place].shown for place in places), of, likeness, shown_of(first))


def _mean_the_same(one: str, other: str, normal: Normal) -> bool:
    """Whether two questions differ by words alone that change no answer, such as "please" and "my", and by endings."""
    mine, theirs = (
        [word for word in normal(text).split() if word not in FUNCTION_WORDS and word not in _CLITICS] for text in (one, other)
    )
    same = "".join(mine) == "".join(theirs) or all(_alike(*pair) for pair in zip_longest(mine, theirs, fillvalue=""))
    return same and not disagreement(one, other)


def _alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= _SHORTEST_STEM and long.startswith(short) and long[len(short) :] in _ENDINGS)
