"""The part of a dataset that makes other datasets of it: split, shuffle, sample, filter, map, join, compare. Kind: plain."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Self, TypeAlias, overload

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune.collection import Collection
from racto_nb.finetune.diffing import DatasetDiff, difference
from racto_nb.finetune.editing import Editable
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.splitting import By, drawn, permutation, shares, split_places, together, values_by

if TYPE_CHECKING:
    import polars as pl

Keep: TypeAlias = "Callable[[RactoTrainingExample], object] | pl.Expr | str"
"""A function of an example that says whether to keep it, or an expression over the columns of `lengths()`: of polars, or SQL."""
Thirds: TypeAlias = tuple[float, float, float]


class Shapeable(Editable):
    """What makes other datasets of one. Each of them has a history that goes on from this one's, and can be undone."""

    @overload
    def split(
        self,
        train_ratio: float = 0.8,
        *,
        seed: int | None = 42,
        stratify: By | None = None,
        group: By | None = None,
        leak_free: bool = False,
    ) -> tuple[Self, Self]: ...
    @overload
    def split(
        self,
        train_ratio: Thirds,
        *,
        seed: int | None = 42,
        stratify: By | None = None,
        group: By | None = None,
        leak_free: bool = False,
    ) -> tuple[Self, Self, Self]: ...
    @overload
    def split(
        self,
        train_ratio: Sequence[float],
        *,
        seed: int | None = 42,
        stratify: By | None = None,
        group: By | None = None,
        leak_free: bool = False,
    ) -> tuple[Self, ...]: ...
    def split(
        self,
        train_ratio: float | Sequence[float] = 0.8,
        *,
        seed: int | None = 42,
        stratify: By | None = None,
        group: By | None = None,
        leak_free: bool = False,
    ) -> tuple[Self, ...]:
        """A training set and a validation set, drawn at random: every example is in exactly one of them.

        `train_ratio` is the share of the training set; with shares that are 1 together, such as `(0.8, 0.1, 0.1)`, there are as
        many datasets. Sizes are rounded by largest remainder, with at least one example in each. The same `seed` gives the same
        split in every version of Python and on every machine; None draws one, and the history tells it.

        `stratify` keeps the mix: the name of a tag or a function, each of whose values is shared out (to within one example, for
        two parts). `group` keeps examples together that have the same value, such as the questions of one customer; examples
        without that tag stand alone. `leak_free` keeps together what is alike (equal or nearly equal texts), so that the
        validation set has nothing that was trained. Groups are never cut, so that sizes and mix are then only as near as groups
        allow. DatasetError where a part would be empty.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([(f"question {n}", "answer") for n in range(100)])
        >>> train, validation = data.split(train_ratio=0.8, seed=42)
        >>> len(train), len(validation)
        (80, 20)
        """
        seed, parts = drawn(seed), shares(train_ratio)
        strata = values_by(self._examples, stratify) if stratify is not None else None
        groups = _groups(self._examples, group, leak_free=leak_free)
        places = split_places(permutation(len(self), seed), parts, strata, groups)
        how = _how(seed, stratify, group, leak_free=leak_free)
        return tuple(
            self._with([self._examples[place] for place in chosen], f"split, part {number} of {len(parts)}: {_told(part)}{how}")
            for number, (chosen, part) in enumerate(zip(places, parts, strict=True), start=1)
        )

    def shuffle(self, seed: int | None = None) -> Self:
        """The same examples in another order. The same `seed` gives the same order everywhere; None draws one."""
        seed = drawn(seed)
        return self._with([self._examples[place] for place in permutation(len(self), seed)], f"shuffle (seed {seed})")

    def sample(self, n: int | None = None, *, fraction: float | None = None, seed: int | None = None) -> Self:
        """`n` examples, or a `fraction` of them (rounded to the nearest), drawn at random without putting back, in their order.

        UsageError for more than there are, and for both or none of the two.
        """
        seed, count = drawn(seed), _sample_size(len(self), n, fraction)
        chosen = sorted(permutation(len(self), seed)[:count])
        return self._with([self._examples[place] for place in chosen], f"sample: {count:,} of {len(self):,} (seed {seed})")

    def filter(self, keep: Keep) -> Self:
        """The examples for which `keep` says so.

        `keep` is a function of an example, or an expression over the columns of `lengths()`, sizes and tags: of polars, such as
        `pl.col("label") == "refund"`, or as text in the SQL of polars, such as `"tokens < 4000 and label = 'refund'"`.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("Hi", "Hello"), ("What is a list?", "An ordered, mutable sequence of items.")])
        >>> len(data.filter(lambda example: len(example.messages[0].content) > 5)), len(data.filter("tokens < 20"))
        (1, 1)
        """
        if callable(keep):
            _refuse_async(keep, "filter")
            kept = [example for example in self._examples if keep(example)]
        else:
            kept = [self._examples[place] for place in _places_by(self._examples, keep)]
        return self._with(kept, f"filter: {len(kept):,} of {len(self):,} kept")

    def map(self, function: Callable[[RactoTrainingExample], RactoTrainingExample]) -> Self:
        """What `function` makes of each example. It returns an example; WrongTypeError for anything else.

        `msgspec.structs.replace(example, ...)` makes a changed one.
        """
        _refuse_async(function, "map")
        return self._with(map(function, self._examples), "map")

    def tagged(self, **tags: str | Callable[[RactoTrainingExample], str]) -> Self:
        """The same examples with tags: a text for all, or a function of each. A tag of that name that is there is replaced.

        WrongTypeError for a tag that is no text.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("Hi", "Hello")])
        >>> data.tagged(language="en", size=lambda example: str(len(example.messages)))[0].tags
        {'language': 'en', 'size': '2'}
        """
        if not tags:
            msg = 'tagged(...) needs tags, such as tagged(language="en").'
            raise UsageError(msg)
        made = [
            example.tagged({name: _tag(name, value, example, place) for name, value in tags.items()})
            for place, example in enumerate(self._examples)
        ]
        return self._with(made, f"tagged: {', '.join(tags)}")

    def dedupe(self, *, near: bool = False, keep: Literal["first", "last"] = "first") -> Self:
        """Each conversation once: what is the same to the letter is left out and, with `near`, what is nearly the same too.

        `keep` says which one stays. `racto_nb.finetune.likeness` shows the groups before anything is left out.

        >>> from racto_nb.finetune import RactoDataset
        >>> len(RactoDataset.from_pairs([("Hi", "Hello"), ("Bye", "Goodbye"), ("Hi", "Hello")]).dedupe())
        2
        """
        from racto_nb.finetune.likeness.duplicating import deduplicated

        kept, left_out = deduplicated(self._examples, near=near, keep=keep)
        what = f"dedupe{', near ones too' if near else ''}: {len(left_out):,} of {len(self):,} left out"
        return self._with([self._examples[place] for place in kept], what)

    def concat(self, *others: Collection) -> Self:
        """The examples of this dataset, and those of others after them. `one + other` does the same."""
        added = [example for other in others for example in other]
        return self._with([*self._examples, *added], f"concat: {len(added):,} more")

    def __add__(self, other: Collection) -> Self:
        if not isinstance(other, Collection):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        return self.concat(other)

    def diff(self, other: Collection) -> DatasetDiff:
        """What is different in `other`: the examples that came, went and were changed. Print it for a list.

        >>> from racto_nb.finetune import RactoDataset
        >>> old = RactoDataset.from_pairs([("a", "b"), ("c", "d")])
        >>> old.diff(RactoDataset.from_pairs([("a", "b"), ("c", "D"), ("e", "f")]))
        1 added, 0 removed, 1 changed, 1 kept
        + 2: user 'e'
        ~ 1: message 1, assistant: 'd' -> 'D'
        """
        return difference(self._examples, other.examples)

    def patched(self, diff: DatasetDiff) -> Self:
        """The dataset that `diff` leads to: `a.patched(a.diff(b)) == b`. UsageError for a difference of another dataset."""
        counts = f"+{len(diff.added)} -{len(diff.removed)} ~{len(diff.changed)}"
        return self._with(diff.applied(self._examples), f"patched ({counts})")


def _tag(name: str, value: object, example: RactoTrainingExample, place: int) -> str:
    """The tag of an example: the text, or what the function says. WrongTypeError for what is no text."""
    found: object = value(example) if callable(value) else value
    if isinstance(found, str):
        return found
    msg = f"The tag {name!r} of example {place} is {type(found).__name__}, not text: a function of the example returns str(...)."
    raise WrongTypeError(msg)


def _groups(examples: Sequence[RactoTrainingExample], group: By | None, *, leak_free: bool) -> Sequence[Hashable] | None:
    """What is never cut; None where everything may be. An example without the tag is a group of its own."""
    given = None if group is None else values_by(examples, group)
    if given is not None and isinstance(group, str):
        given = [("alone", place) if value is None else ("group", value) for place, value in enumerate(given)]
    if not leak_free:
        return given
    from racto_nb.finetune.likeness.grouping import leak_groups

    alike = leak_groups(examples, near=True)
    return alike if given is None else together(given, alike)


def _how(seed: int, stratify: By | None, group: By | None, *, leak_free: bool) -> str:
    told = [f"seed {seed}"]
    told += [f"stratified by {_name(stratify)}"] if stratify is not None else []
    told += [f"grouped by {_name(group)}"] if group is not None else []
    told += ["leak-free"] if leak_free else []
    return f" ({', '.join(told)})"


def _name(by: By) -> str:
    return by if isinstance(by, str) else getattr(by, "__name__", "a function")


def _told(part: Fraction) -> str:
    return f"{float(part):.3g}"


def _sample_size(there: int, n: int | None, fraction: float | None) -> int:
    if (n is None) == (fraction is None):
        msg = "sample takes the number of examples, sample(100), or a share of them, sample(fraction=0.1)."
        raise UsageError(msg)
    if isinstance(n, bool) or not isinstance(n, int | None):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"sample takes a whole number of examples, or a share of them, sample(fraction=0.1), not {n!r:.80}."
        raise WrongTypeError(msg)
    if not isinstance(fraction, int | float | None) or (fraction is not None and not 0 <= fraction <= 1):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"fraction is a share between 0 and 1, such as sample(fraction=0.1), not {fraction!r:.80}."
        raise WrongTypeError(msg)
    count = round(there * fraction) if fraction is not None else n or 0
    if not 0 <= count <= there:
        msg = f"sample draws from the {there:,} examples that there are, and puts none back, so that {n!r} cannot be drawn."
        raise UsageError(msg)
    return count


def _places_by(examples: Sequence[RactoTrainingExample], keep: object) -> list[int]:
    import polars as pl

    from racto_nb.finetune.lengths import lengths_frame

    if not isinstance(keep, pl.Expr | str):
        msg = f"filter takes a function of an example, or an expression over the columns of lengths(), not {keep!r:.80}."
        raise WrongTypeError(msg)
    frame = lengths_frame(examples)
    try:
        return frame.filter(pl.sql_expr(keep) if isinstance(keep, str) else keep)["example"].to_list()
    except pl.exceptions.PolarsError as error:
        msg = f"The expression cannot be asked of the columns {', '.join(frame.columns)}: {str(error).splitlines()[0]}"
        raise UsageError(msg) from error


def _refuse_async(function: object, what: str) -> None:
    if inspect.iscoroutinefunction(function):
        msg = f"{what} takes a plain function. Await the answers first, with asyncio.gather, and look them up in the function."
        raise UsageError(msg)
