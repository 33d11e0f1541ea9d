"""Which examples go into which part of a split. Pure.

The order is drawn with `random.Random(seed).random()`, a number for each example, by which they are sorted. Of Python's random
functions that one is promised to give the same numbers in every version and on every machine; `shuffle` and `sample` are not.
"""

from __future__ import annotations

import math
import random
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from typing import TypeAlias

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import DatasetError, UsageError, WrongTypeError
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.joining import Joined

By: TypeAlias = str | Callable[[RactoTrainingExample], Hashable]
"""The name of a tag, or a function of an example: examples with the same value belong together."""


def drawn(seed: int | None) -> int:
    """The seed, or one that is drawn where it is None. WrongTypeError for anything else than a whole number."""
    if seed is None:
        return secrets.randbits(32)
    if isinstance(seed, bool) or not isinstance(seed, int):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"seed is a whole number, or None for another order each time, not {seed!r}."
        raise WrongTypeError(msg)
    return seed


def permutation(count: int, seed: int) -> list[int]:
    """The numbers below `count` in an order that the seed gives, everywhere the same.

    >>> permutation(5, 42)
    [1, 3, 2, 0, 4]
    """
    draw = random.Random(seed)  # noqa: S311  (to be repeated, not to be secret)
    keys = [draw.random() for _ in range(count)]
    return sorted(range(count), key=keys.__getitem__)


def values_by(examples: Sequence[RactoTrainingExample], by: By) -> list[Hashable]:
    """The value of each example: of its tag, None without one, or what the function says. UsageError for a tag that none has."""
    if not isinstance(by, str):
        return [_hashed(by(example), place) for place, example in enumerate(examples)]
    values: list[Hashable] = [(example.tags or {}).get(by) for example in examples]
    if examples and all(value is None for value in values):
        known = {tag for example in examples for tag in example.tags or ()}
        hint = did_you_mean(by, known) or " No example has tags: `tagged(...)` gives them some, or pass a function."
        msg = f"No example has the tag {by!r}.{hint}"
        raise UsageError(msg)
    return values


def _hashed(value: Hashable, place: int) -> Hashable:
    try:
        hash(value)
    except TypeError as error:
        msg = f"Examples are put together by texts, numbers or tuples; that of example {place} is {type(value).__name__}."
        raise WrongTypeError(msg) from error
    return value


def shares(ratio: float | Sequence[float]) -> list[Fraction]:
    """The share of each part, which are 1 together. UsageError for other numbers."""
    one = isinstance(ratio, int | float)
    given = [float(ratio)] if isinstance(ratio, int | float) else [float(part) for part in ratio]
    parts = [Fraction(str(part)) for part in given if math.isfinite(part)]
    parts += [1 - parts[0]] if one and parts else []
    if len(parts) < 2 or min(parts) <= 0 or not math.isclose(sum(parts), 1, abs_tol=1e-6):  # noqa: PLR2004  (the number says it)
        msg = f"A split is a share between 0 and 1, or shares that are 1 together, such as (0.8, 0.1, 0.1), not {ratio!r}."
        raise UsageError(msg)
    return parts


def apportioned(count: int, parts: Sequence[Fraction]) -> list[int]:
    """How many of `count` each part gets: by largest remainder, and at least one where there are enough.

    >>> apportioned(10, [Fraction(2, 3), Fraction(1, 3)]), apportioned(2, [Fraction(9, 10), Fraction(1, 10)])
    ([7, 3], [1, 1])
    """
    whole = sum(parts)
    quotas = [count * part / whole for part in parts]
    got = [math.floor(quota) for quota in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda part: got[part] - quotas[part])
    for part in by_remainder[: count - sum(got)]:
        got[part] += 1
    while count >= len(parts) and min(got) == 0:
        got[got.index(max(got))] -= 1
        got[got.index(0)] += 1
    return got


def split_places(
    order: Sequence[int], parts: Sequence[Fraction], strata: Sequence[Hashable] | None, groups: Sequence[Hashable] | None
) -> list[list[int]]:
    """The places of the examples of each part, in the drawn `order`. DatasetError where a part would be empty."""
    if len(order) < len(parts):
        msg = (
            f"{len(order)} example{'' if len(order) == 1 else 's'} cannot be split into {len(parts)} parts: one would be empty. "
            f"Add examples until there are at least {len(parts)}, or train without a validation set."
        )
        raise DatasetError(msg)
    targets = apportioned(len(order), parts)
    if groups is not None:
        return _by_groups(order, targets, strata or [None] * len(order), groups)
    return _by_strata(order, targets, strata or [None] * len(order))


def _by_strata(order: Sequence[int], targets: Sequence[int], strata: Sequence[Hashable]) -> list[list[int]]:
    """One part after the other takes its share of each stratum, by largest remainder over the strata."""
    left, made = list(order), list[list[int]]()
    for target in targets[:-1]:
        quota = _quotas(Counter(strata[place] for place in left), target)
        taken, rest = list[int](), list[int]()
        for place in left:
            stratum = strata[place]
            (taken if quota[stratum] else rest).append(place)
            quota[stratum] -= bool(quota[stratum])
        made.append(taken)
        left = rest
    return [*made, left]


def _quotas(sizes: Counter[Hashable], target: int) -> Counter[Hashable]:
    """How many of each stratum make up `target`. The strata stand in the drawn order, which decides between equal remainders."""
    total = sizes.total()
    quota = Counter({stratum: size * target // total for stratum, size in sizes.items()})
    by_remainder = sorted(sizes, key=lambda stratum: -(sizes[stratum] * target % total))
    quota.update(by_remainder[: target - quota.total()])
    return quota


def _by_groups(
    order: Sequence[int], targets: Sequence[int], strata: Sequence[Hashable], groups: Sequence[Hashable]
) -> list[list[int]]:
    """Whole groups, the large ones first, each to the part that is furthest from its share (of each stratum) then."""
    members: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place in order:
        members[groups[place]].append(place)
    if len(members) < len(targets):
        msg = (
            f"The {len(order):,} examples form {len(members)} group{'' if len(members) == 1 else 's'}, too few for "
            f"{len(targets)} parts: groups are never cut. Group by something finer, or split without a group."
        )
        raise DatasetError(msg)
    wanted = _wanted(order, targets, strata)
    part_of: dict[Hashable, int] = {}
    for name in sorted(members, key=lambda name: -len(members[name])):
        counts = Counter(strata[place] for place in members[name])
        costs = [_cost(each, counts) for each in wanted]
        part_of[name] = costs.index(min(costs))
        for stratum, count in counts.items():
            wanted[part_of[name]][stratum][0] += count
    _fill_empty(part_of, members, len(targets))
    made: list[list[int]] = [[] for _ in targets]
    for place in order:
        made[part_of[groups[place]]].append(place)
    return made


def _wanted(order: Sequence[int], targets: Sequence[int], strata: Sequence[Hashable]) -> list[dict[Hashable, list[float]]]:
    """For each part and stratum: how many it has, and how many it shall have."""
    sizes = Counter(strata[place] for place in order)
    return [{stratum: [0, size * target / len(order)] for stratum, size in sizes.items()} for target in targets]


def _cost(wanted: dict[Hashable, list[float]], counts: Counter[Hashable]) -> float:
    """How much further from its share a part is with these examples than without them, measured by its share."""
    return sum(count * (2 * (wanted[each][0] - wanted[each][1]) + count) / wanted[each][1] for each, count in counts.items())


def _fill_empty(part_of: dict[Hashable, int], members: dict[Hashable, list[int]], parts: int) -> None:
    """Give a part that got nothing the smallest group of the part with the most groups."""
    for part in range(parts):
        if part in part_of.values():
            continue
        fullest = Counter(part_of.values()).most_common(1)[0][0]
        part_of[min((name for name, at in part_of.items() if at == fullest), key=lambda name: len(members[name]))] = part


def together(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[int]:
    """Groups that hold both kinds of groups together: what shares a value in either, or is linked by others, is one.

    >>> together(["a", "a", "b", "c"], [1, 2, 2, 3])
    [0, 0, 0, 1]
    """
    groups = Joined(len(one))
    for values in (one, other):
        first: dict[Hashable, int] = {}
        for place, value in enumerate(values):
            groups.join(first.setdefault(value, place), place)
    return groups.numbers()
