"""Examples that are the same, or nearly, and a dataset without them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Literal

from racto_nb.exceptions import UsageError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.compared import Compared, Forms, compared, said_by
from racto_nb.finetune.likeness.joining import Joined
from racto_nb.finetune.likeness.nearness import near_asked, near_told
from racto_nb.finetune.likeness.pairing import THRESHOLD, Pair
from racto_nb.finetune.likeness.results import Dropped, DuplicateGroup, DuplicateKind, Found, piece
from racto_nb.finetune.messages import text_of

Of = Literal["conversation", "prompt"]
"""What is compared: all of an example, or what comes before its answer."""


def duplicates(
    examples: Sequence[RactoTrainingExample], *, of: Of = "conversation", forms: Forms | None = None
) -> Found[DuplicateGroup]:
    """Groups of examples that say the same, whatever their case, white space and punctuation.

    `of="prompt"` leaves the answers out. A group is of the kind "exact" where all of it is the same to the letter, "words" where
    case and punctuation differ ("Why?" and "why"), "symbols" where signs that mean something do ("£1" and "€1", "[]" and "()").
    `deduplicated` leaves out what is exact alone. `forms` keeps what was compared for the next one. UsageError for another `of`.

    >>> ask = RactoTrainingExample.from_pair
    >>> duplicates([ask("Where is my card?", "Here."), ask("Why?", "So."), ask("where is my card", "here")])
    Groups of duplicates: 1
      Examples 0, 2 are the same but for case and punctuation: 'Where is my card?'
    """
    hashed = _hash_of(of)
    places: defaultdict[bytes, list[int]] = defaultdict(list)
    for place, example in enumerate((forms or Forms()).of(examples, "words")):
        places[hashed(example)].append(place)
    groups = [tuple(group) for group in places.values() if len(group) > 1]
    return Found(
        (
            DuplicateGroup(group, _kind([examples[place] for place in group], hashed), shown=shown_of(examples[group[0]]))
            for group in groups
        ),
        "Groups of duplicates",
    )


def _kind(group: Sequence[RactoTrainingExample], hashed: Callable[[Compared], bytes]) -> DuplicateKind:
    """How exactly examples are the same, of which it is known that they have the same words."""
    if len(set(map(hashed, compared(group, "letters")))) == 1:
        return "exact"
    return "words" if len(set(map(hashed, compared(group, "symbols")))) == 1 else "symbols"


def near_duplicates(
    examples: Sequence[RactoTrainingExample],
    *,
    threshold: float = THRESHOLD,
    of: Of = "conversation",
    forms: Forms | None = None,
) -> Found[DuplicateGroup]:
    """Groups of examples that say nearly the same.

    Two are near when the runs of four characters of what their users say overlap by `threshold` (0.3 to 1) and their answers do
    too; answers of fewer than five words must be the same to the letter. System texts, files, tools, calls and references must be
    the same. `of="prompt"` compares what users say and the files alone. Of examples that `duplicates` finds only the first is in
    a group. `forms` is as of `duplicates`.

    >>> ask = RactoTrainingExample.from_pair
    >>> near_duplicates([ask("I am still waiting for my new card", "wait"), ask("I'm still waiting for my new card", "wait")])
    Groups of near duplicates: 1
      Examples 0, 1 are near (0.81): 'I am still waiting for my new card'
    """
    _hash_of(of)
    seen = (forms or Forms()).of(examples, "words")
    pairs = near_told(seen, threshold) if of == "conversation" else near_asked(seen, threshold)
    joined = Joined(len(examples))
    for pair in pairs:
        joined.join(pair.one, pair.other)
    groups: defaultdict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        groups[joined.first_of(pair.one)].append(pair)
    return Found(
        (
            DuplicateGroup(
                tuple(sorted({place for pair in group for place in (pair.one, pair.other)})),
                "near",
                min(pair.likeness for pair in group),
                shown_of(examples[first]),
                tuple((pair.one, pair.other, pair.likeness) for pair in group),
            )
            for first, group in sorted(groups.items())
        ),
        "Groups of near duplicates",
    )


def deduplicated(
    examples: Sequence[RactoTrainingExample],
    *,
    near: bool = False,
    keep: Literal["first", "last"] = "first",
    threshold: float = THRESHOLD,
) -> tuple[list[int], list[Dropped]]:
    """The places of the examples to keep, in order, and what is left out, each with the one it is like.

    Left out are conversations that are the same to the letter: prompts but for white space and composed letters (Unicode NFC),
    answers but for the latter alone. With `near` left out are also those whose prompts are the same but for case and punctuation,
    or near to one that is kept (see `near_duplicates`), with short answers that are the same to the letter. `keep` says whether
    the first or the last of them stays. UsageError for another `keep`.

    >>> ask = RactoTrainingExample.from_pair
    >>> examples = [ask("Hi", "Hello"), ask("Bye", "Goodbye"), ask("hi!", "Hello"), ask(" Hi", "Hello")]
    >>> deduplicated(examples)
    ([0, 1, 2], [Dropped(example=3, like=0, kind='exact', likeness=1.0)])
    >>> deduplicated(examples, near=True)[0]
    [0, 1]
    """
    if keep not in ("first", "last"):
        msg = f'keep is "first" or "last", not {keep!r}.'
        raise UsageError(msg)
    order = list(range(len(examples))) if keep == "first" else list(reversed(range(len(examples))))
    ordered = [examples[place] for place in order]
    dropped = _later([one.whole for one in compared(ordered, "letters")], "exact")
    if near:
        seen = compared(ordered, "symbols")
        dropped = _later([(one.whole, one.short) for one in seen], "words") | dropped
        for pair in near_told(seen, threshold):
            if pair.one not in dropped and pair.other not in dropped:
                dropped[pair.other] = Dropped(pair.other, pair.one, "near", pair.likeness)
    kept = sorted(order[place] for place in range(len(order)) if place not in dropped)
    left_out = (replace(one, example=order[one.example], like=order[one.like]) for one in dropped.values())
    return kept, sorted(left_out, key=lambda one: one.example)


def _later(keys: Sequence[Hashable], kind: DuplicateKind) -> dict[int, Dropped]:
    """All places but the first one of each key."""
    first: dict[Hashable, int] = {}
    likes = [first.setdefault(key, place) for place, key in enumerate(keys)]
    return {place: Dropped(place, like, kind) for place, like in enumerate(likes) if like != place}


def _hash_of(of: Of) -> Callable[[Compared], bytes]:
    match of:
        case "conversation":
            return attrgetter("whole")
        case "prompt":
            return attrgetter("prompt")
        case _:
            msg = f'of is "conversation" or "prompt", not {of!r}.'
            raise UsageError(msg)


def shown_of(example: RactoTrainingExample) -> str:
    """A piece of what the user of an example says, or of whatever there is."""
    texts = (" ".join(said_by(example)), *map(text_of, example.turns()))
    return piece(next((text for text in texts if text.strip()), ""))
