"""What of a validation set is in the training data: then it measures what was learnt by heart. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.compared import Compared, Form, Forms, compared, prompt_and_answer
from racto_nb.finetune.likeness.duplicating import shown_of
from racto_nb.finetune.likeness.nearness import near_asked
from racto_nb.finetune.likeness.ngrams import checked_n, left_of, shared_rows, template_of
from racto_nb.finetune.likeness.normalising import Normal
from racto_nb.finetune.likeness.pairing import THRESHOLD, checked_threshold
from racto_nb.finetune.likeness.results import Found, Leak, LeakKind
from racto_nb.finetune.likeness.spaceless import placed_words
from racto_nb.finetune.likeness.spanning import Placed, spans_of

_KINDS: Mapping[Form, LeakKind] = {"letters": "exact", "symbols": "words"}
"""What a leak is called that is the same in this form; one that is the same in neither differs by symbols."""


def leaks(
    train: Sequence[RactoTrainingExample],
    validation: Sequence[RactoTrainingExample],
    n: int = 13,
    *,
    near: bool = True,
    threshold: float = THRESHOLD,
    forms: Forms | None = None,
) -> Found[Leak]:
    """Validation examples that training gives away, one leak for each, in their order.

    What users say is compared; system texts and answers are not. In this order: "exact", the same to the letter (but for
    white space) with the same files; "words", the same but for case and punctuation; "symbols", the same but for signs that mean
    something ("£1" and "€1", "[]" and "()"); "contained", `n` words in a row that are the same (13 is usual: fewer are met by
    chance; of texts without spaces each letter is a word), with the spans; "near", an overlap of `threshold` or more, which is
    what finds short texts (`near=False` leaves it out). Words of a template around many questions count in the first three alone.
    `forms` keeps what was compared for the next one.

    UsageError for an `n` below 3 and a threshold outside of 0.3 to 1.

    >>> ask = RactoTrainingExample.from_pair
    >>> leaks([ask("Where is my card?", "a"), ask("How are you?", "b")], [ask("where is my card", "a"), ask("Why?", "c")])
    Leaks: 1
      Validation example 0 is training example 0 but for case and punctuation: 'where is my card'
    """
    checked_n(n)
    checked_threshold(threshold)
    forms = forms or Forms()
    seen = forms.of(train, "words") + forms.of(validation, "words")
    found = {leak.validation: leak for leak in _same([*train, *validation], seen, len(train))}
    for leak in _contained(train, validation, seen, n):
        found.setdefault(leak.validation, leak)
    for leak in _near(seen, len(train), threshold) if near else ():
        found.setdefault(leak.validation, leak)
    return Found((replace(found[place], shown=shown_of(validation[place])) for place in sorted(found)), "Leaks")


def _same(examples: Sequence[RactoTrainingExample], seen: Sequence[Compared], border: int) -> Iterator[Leak]:
    """The same words on both sides, each with the training example that is the same most exactly."""
    places: defaultdict[tuple[str, bytes], list[int]] = defaultdict(list)
    for place in range(border):
        places[seen[place].asked].append(place)
    known = {place: places[seen[place].asked] for place in range(border, len(seen)) if seen[place].asked in places}
    asked = {seen[place].asked for place in known}
    members = [place for place, one in enumerate(seen) if one.asked in asked]  # each once, however often a text is repeated
    exactly: dict[Form, dict[int, tuple[str, bytes]]] = {
        form: {place: one.asked for place, one in zip(members, compared([examples[each] for each in members], form), strict=True)}
        for form in _KINDS
    }
    firsts: dict[Form, dict[tuple[str, bytes], int]] = {form: {} for form in _KINDS}
    for form, first in firsts.items():
        for place in members:
            if place < border:
                first.setdefault(exactly[form][place], place)
    for place, same in known.items():
        leak = Leak(place - border, same[0], "symbols", 1.0, len(same))
        yield next(
            (
                replace(leak, train=firsts[form][exactly[form][place]], kind=kind)
                for form, kind in _KINDS.items()
                if exactly[form][place] in firsts[form]
            ),
            leak,
        )


def _contained(
    train: Sequence[RactoTrainingExample], validation: Sequence[RactoTrainingExample], seen: Sequence[Compared], n: int
) -> Iterator[Leak]:
    words, border = [one.words for one in seen], len(train)
    masks = template_of(words)
    trains: defaultdict[int, Counter[int]] = defaultdict(Counter)
    # The rows of a long text that many examples have are in the very same examples: those are counted together.
    for owners, rows in Counter(map(tuple, shared_rows(left_of(words, masks), n, border=border))).items():
        inside = dict.fromkeys([owner for owner in owners if owner < border], rows)
        for owner in owners[len(inside) :]:
            trains[owner - border].update(inside)
    for place, counts in trains.items():
        nearest = min(counts, key=lambda one: (-counts[one], one))
        mine = _placed(validation[place], None if masks is None else masks[border + place])
        theirs = _placed(train[nearest], None if masks is None else masks[nearest])
        spans, count = spans_of(mine, theirs, n)
        share = count / sum(len(words) for _, _, words in mine)
        yield Leak(place, nearest, "contained", share, len(counts), spans)


def _near(seen: Sequence[Compared], border: int, threshold: float) -> Iterator[Leak]:
    same: defaultdict[tuple[str, bytes], list[int]] = defaultdict(list)
    for place, one in enumerate(seen):
        same[one.asked].append(place)
    trains: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for pair in near_asked(seen, threshold):
        sides = [same[seen[place].asked] for place in (pair.one, pair.other)]
        for these, those in (sides, reversed(sides)):
            inside = dict.fromkeys([place for place in those if place < border], pair.likeness)
            for place in these if inside else ():
                trains[place].update(inside)
    for place, likeness in trains.items():
        if place >= border:
            nearest = min(likeness, key=lambda one: (-likeness[one], one))
            yield Leak(place - border, nearest, "near", likeness[nearest], len(likeness))


def _placed(example: RactoTrainingExample, masks: Sequence[Sequence[bool]] | None) -> Placed:
    """What the user says, with the words that are of no template."""
    normal = Normal()
    asking, _ = prompt_and_answer(example)
    said = [(number, message.content) for number, message in enumerate(asking) if message.role == "user"]
    found = [(number, text, placed_words(text, normal)) for number, text in said]
    if masks is None:
        return found
    return [
        (number, text, [word for word, gone in zip(words, mask, strict=True) if not gone])
        for (number, text, words), mask in zip(found, masks, strict=True)
    ]
