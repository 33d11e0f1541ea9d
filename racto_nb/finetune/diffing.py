"""What is different between two datasets: examples that came, went, were changed, or stand elsewhere. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import msgspec

from racto_nb.exceptions import UsageError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import RactoTrainingMessage, text_of

_SHOWN, _WIDE = 10, 60


@dataclass(frozen=True, slots=True)
class PlacedExample:
    """An example that came or went, and its place, from 0, in the dataset that has it."""

    place: int
    example: RactoTrainingExample


@dataclass(frozen=True, slots=True)
class ChangedExample:
    """An example that reads otherwise now: at `place` it was `before`, at `now` it is `after`."""

    place: int
    now: int
    before: RactoTrainingExample
    after: RactoTrainingExample


@dataclass(frozen=True, slots=True, repr=False)
class DatasetDiff:
    """How one dataset becomes another. Print it for a list; `applied` makes the other one of the first.

    `kept` is how many examples are in both as they are. `order` is None where these follow each other as before, else their old
    places in the new order. An example counts as changed, and not as gone and come, where both have the same provenance or the
    same id, or where they stand in the same place between examples that were kept.
    """

    added: tuple[PlacedExample, ...]
    removed: tuple[PlacedExample, ...]
    changed: tuple[ChangedExample, ...]
    kept: int
    order: tuple[int, ...] | None

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.order)

    def applied(self, examples: Iterable[RactoTrainingExample]) -> list[RactoTrainingExample]:
        """The examples of the other dataset, made of those of the first. UsageError where they are not the first's."""
        old = list(examples)
        gone = {each.place: each.example for each in self.removed} | {each.place: each.before for each in self.changed}
        if len(old) != self.kept + len(gone) or any(old[place] != example for place, example in gone.items()):
            msg = "This difference was made from another dataset: what it takes away is not there."
            raise UsageError(msg)
        come = {each.place: each.example for each in self.added} | {each.now: each.after for each in self.changed}
        kept = iter(self.order or [place for place in range(len(old)) if place not in gone])
        return [come[place] if place in come else old[next(kept)] for place in range(self.kept + len(come))]

    def __repr__(self) -> str:
        counts = f"{len(self.added):,} added, {len(self.removed):,} removed, {len(self.changed):,} changed, {self.kept:,} kept"
        lines = [counts + (", in another order" if self.order else "")]
        lines += _listed([f"+ {each.place}: {_told(each.example)}" for each in self.added[: _SHOWN + 1]], len(self.added))
        lines += _listed([f"- {each.place}: {_told(each.example)}" for each in self.removed[: _SHOWN + 1]], len(self.removed))
        lines += _listed([_told_change(each) for each in self.changed[: _SHOWN + 1]], len(self.changed))
        return "\n".join(lines)


def difference(old: Sequence[RactoTrainingExample], new: Sequence[RactoTrainingExample]) -> DatasetDiff:
    """How the examples `old` become the examples `new`. Equal examples are kept, wherever they stand."""
    came_from = _came_from(old, new)
    stayed = {place for place in came_from if place is not None}
    pairs = _pairs(old, new, came_from, stayed)
    paired = set(pairs.values())
    order = [place for place in came_from if place is not None]
    return DatasetDiff(
        tuple(PlacedExample(now, new[now]) for now, place in enumerate(came_from) if place is None and now not in paired),
        tuple(PlacedExample(place, old[place]) for place in range(len(old)) if place not in stayed and place not in pairs),
        tuple(ChangedExample(place, now, old[place], new[now]) for place, now in sorted(pairs.items())),
        len(order),
        None if order == sorted(order) else tuple(order),
    )


def _came_from(old: Sequence[RactoTrainingExample], new: Sequence[RactoTrainingExample]) -> list[int | None]:
    """For each new example, the place of the old one that is equal to it; one old example stands for one new one."""
    places: defaultdict[bytes, deque[int]] = defaultdict(deque)
    digest = _digests()
    for place, example in enumerate(old):
        places[digest(example)].append(place)
    return [found.popleft() if (found := places.get(digest(example))) else None for example in new]


def _digests() -> Callable[[RactoTrainingExample], bytes]:
    """What stands for all of an example. A function and not the examples themselves: with dicts in them they have no hash."""
    encode = msgspec.msgpack.Encoder(order="deterministic", enc_hook=repr).encode

    def digest(example: RactoTrainingExample) -> bytes:
        try:
            data = encode(example)
        except (UnicodeEncodeError, OverflowError, TypeError, ValueError):  # half of a letter, or a number of more than 64 bits
            data = json.dumps(msgspec.to_builtins(example, enc_hook=repr, str_keys=True), sort_keys=True).encode()
        return hashlib.blake2b(data, digest_size=16).digest()

    return digest


def _pairs(
    old: Sequence[RactoTrainingExample],
    new: Sequence[RactoTrainingExample],
    came_from: Sequence[int | None],
    stayed: set[int],
) -> dict[int, int]:
    """The old and new examples that are one that was changed: by provenance, by id, then by where they stand."""
    gone: list[int] = [place for place in range(len(old)) if place not in stayed]
    come: list[int] = [now for now, place in enumerate(came_from) if place is None]
    pairs: dict[int, int] = {}
    for name in (_provenance, _own_id):
        was = _unique({place: name(old[place]) for place in gone})
        is_now = _unique({place: name(new[place]) for place in come})
        pairs.update({was[each]: is_now[each] for each in was.keys() & is_now.keys()})
        taken = set(pairs.values())
        gone, come = [place for place in gone if place not in pairs], [now for now in come if now not in taken]
    return pairs | _by_place(gone, come, came_from, stayed)


def _provenance(example: RactoTrainingExample) -> Hashable:
    from_ = example.provenance
    return (from_.source, from_.reference) if from_ is not None and from_.reference else None


def _own_id(example: RactoTrainingExample) -> Hashable:
    found = {**(example.extra or {}), **(example.tags or {})}.get("id")
    return found if isinstance(found, str | int) else None


def _unique(names: dict[int, Hashable]) -> dict[Hashable, int]:
    """The place of each name that only one has."""
    often = Counter(names.values())
    return {name: place for place, name in names.items() if name is not None and often[name] == 1}


def _by_place(gone: Sequence[int], come: Sequence[int], came_from: Sequence[int | None], stayed: set[int]) -> dict[int, int]:
    """The first that went and the first that came after the same kept example are a pair, and so on."""
    waiting: defaultdict[int, deque[int]] = defaultdict(deque)
    left, last = set(come), -1
    for now, place in enumerate(came_from):
        last = last if place is None else place
        if now in left:
            waiting[last].append(now)
    pairs: dict[int, int] = {}
    missing, last = set(gone), -1
    for place in range(max(gone, default=-1) + 1):
        last = place if place in stayed else last
        if place in missing and waiting[last]:
            pairs[place] = waiting[last].popleft()
    return pairs


def _listed(lines: list[str], count: int) -> list[str]:
    return lines if count <= _SHOWN else [*lines[:_SHOWN], f"  ... and {count - _SHOWN:,} more"]


def _told(example: RactoTrainingExample) -> str:
    """The first words of an example that are not the system's."""
    turn = next((turn for turn in example.messages if turn.role != "system"), None)
    return "(empty)" if turn is None else f"{_role(turn)} {_short(_said(turn))}"


def _told_change(change: ChangedExample) -> str:
    where = f"~ {change.place}" + (f" -> {change.now}" if change.now != change.place else "")
    before, after = list(change.before.turns()), list(change.after.turns())
    for number, (old, new) in enumerate(zip(before, after, strict=False)):
        if old != new:
            return f"{where}: message {number}, {_told_turn(old, new)}"
    if len(before) != len(after):
        return f"{where}: {len(before)} messages -> {len(after)}"
    return f"{where}: what is said is the same; tools, tags, provenance or other fields differ"


def _told_turn(old: RactoTrainingMessage, new: RactoTrainingMessage) -> str:
    if old.role != new.role:
        return f"{_role(old)} -> {_role(new)}"
    if old.content == new.content:
        return f"{_role(old)}: files, calls or other fields"
    return f"{_role(old)}: {_short(_said(old))} -> {_short(_said(new))}"


def _said(turn: RactoTrainingMessage) -> object:
    return text_of(turn) if isinstance(cast("object", turn.content), str) else turn.content


def _role(turn: RactoTrainingMessage) -> str:
    return _short(turn.role)[1:-1]


def _short(text: object) -> str:
    """The beginning of a text as it may be shown: the old one of a redaction is in a difference too."""
    from racto_nb.finetune.privacy.quoting import quoted

    if not isinstance(text, str):  # nothing checks a message when it is made
        return f"({type(text).__name__}, no text)"
    return quoted(text, _WIDE)
