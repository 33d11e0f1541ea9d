"""The options that a text is sorted by, with what is told of them. Pure values, checked when they are made."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias, cast

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean

Examples: TypeAlias = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str | Sequence[str]]]
"""Labelled texts: a label's text or texts, or pairs of a text and its label (or labels)."""

Hierarchy: TypeAlias = Sequence[str] | Mapping[str, object]
"""Labels within labels: paths such as "Billing > Refund", or a mapping of names to mappings, lists or names."""

STEP = " > "
"""What stands between the names of a path."""
NONE_FITS = "(none of these)"
"""How a model says that a text belongs to no option."""


@dataclass(frozen=True)
class Labels:
    """Options in the user's order, what they mean, and texts that show it. `case_sensitive` says whether "a" is not "A".

    >>> Labels(("Billing", "Sales")).named(" billing ")
    'Billing'
    """

    options: tuple[str, ...]
    descriptions: Mapping[str, str] = field(default_factory=dict[str, str])
    examples: tuple[tuple[str, tuple[str, ...]], ...] = ()
    case_sensitive: bool = False

    def named(self, text: str) -> str | None:
        """The option that `text` is, but for spaces and, unless `case_sensitive`, for case; None where it is none."""
        return self._by_key.get(self.key(text))

    def key(self, text: str) -> str:
        """What two writings of one option share."""
        return key_of(text, case_sensitive=self.case_sensitive)

    def with_option(self, option: str) -> Labels:
        """These and one more option."""
        return replace(self, options=checked_options([*self.options, option], case_sensitive=self.case_sensitive))

    @cached_property
    def _by_key(self) -> dict[str, str]:
        return {self.key(option): option for option in self.options}


def key_of(text: str, *, case_sensitive: bool) -> str:
    """`text` without what does not make two options different.

    >>> key_of("  Tech\\n Support ", case_sensitive=False)
    'tech support'
    """
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return plain if case_sensitive else plain.casefold()


def labels_of(
    options: Sequence[str],
    descriptions: Mapping[str, str] | None,
    examples: Examples | None,
    *,
    case_sensitive: bool,
) -> Labels:
    """The checked options with their descriptions and examples. Raises UsageError and WrongTypeError for wrong ones."""
    bare = Labels(checked_options(options, case_sensitive=case_sensitive), case_sensitive=case_sensitive)
    return replace(bare, descriptions=_described(bare, descriptions or {}), examples=_shown(bare, examples))


def checked_options(options: object, *, case_sensitive: bool) -> tuple[str, ...]:
    """`options` themselves. UsageError for none, blank ones or the same twice, WrongTypeError for what is no list of texts."""
    if isinstance(options, str | bytes) or not isinstance(options, Iterable):
        msg = f"options is a list of texts, such as ['Billing', 'Sales'], not {options!r:.80}."
        raise WrongTypeError(msg)
    seen: dict[str, str] = {}
    for option in cast("Iterable[object]", options):
        _check_option(option)
        text = cast("str", option)
        key = key_of(text, case_sensitive=case_sensitive)
        if key in seen:
            rule = "" if seen[key] == text else " (case and spaces make no difference; case_sensitive=True lets case make one)"
            msg = f"The options have {text!r} and {seen[key]!r}, which are the same{rule}. Keep one of them."
            raise UsageError(msg)
        seen[key] = text
    if not seen:
        msg = "There are no options to sort by. Give a list of at least one: options=['Billing', 'Sales']."
        raise UsageError(msg)
    return tuple(seen.values())


def paths_of(hierarchy: Hierarchy) -> list[str]:
    """The paths of a tree, as options. Of a mapping those that end in a leaf; a list of paths may name inner places too.

    >>> paths_of({"Billing": ["Refund", "Invoice"], "Sales": {}})
    ['Billing > Refund', 'Billing > Invoice', 'Sales']
    """
    if isinstance(hierarchy, Mapping):
        return [STEP.join(path) for path in _leaves(cast("Mapping[object, object]", hierarchy))]
    given = checked_options(hierarchy, case_sensitive=True)
    paths = [tuple(name.strip() for name in path.split(STEP.strip())) for path in given]
    if odd := next((text for text, path in zip(given, paths, strict=True) if not all(path)), None):
        msg = f"A path of the hierarchy is made of names with '>' between them; {odd!r} has an empty one."
        raise UsageError(msg)
    return [STEP.join(path) for path in paths]


def _leaves(tree: Mapping[object, object], above: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    for name, below in tree.items():
        if not isinstance(name, str) or not name.strip() or STEP.strip() in name:
            msg = f"The names of a hierarchy are texts without '>'; got {name!r:.80}."
            raise UsageError(msg)
        path = (*above, name.strip())
        if isinstance(below, Mapping) and below:
            yield from _leaves(cast("Mapping[object, object]", below), path)
        elif isinstance(below, str) and below.strip():
            yield from _leaves({below: None}, path)
        elif isinstance(below, list | tuple | set | frozenset) and below:
            yield from _leaves(dict.fromkeys(cast("Iterable[object]", below)), path)
        elif below is None or (isinstance(below, Mapping | list | tuple | str) and not below):
            yield path
        else:
            msg = f"Below {name!r} in the hierarchy stands {below!r:.80}. It is a mapping, a list of names, a name, or None."
            raise WrongTypeError(msg)


def _check_option(option: object) -> None:
    if not isinstance(option, str):
        msg = f"An option is a text, not {option!r:.80} ({type(option).__name__})."
        raise WrongTypeError(msg)
    if not option.strip():
        msg = "An option is blank. Take it out, or give it a name."
        raise UsageError(msg)
    if key_of(option, case_sensitive=False) == NONE_FITS:
        msg = f"{option!r} is how a model says that no option fits. Name the option otherwise, or use detect_out_of_scope=True."
        raise UsageError(msg)
    if any("\ud800" <= char <= "\udfff" for char in option):
        msg = f"The option {option!r} holds half a character, which no model can read or write. Decode it again."
        raise UsageError(msg)


def option_of(labels: Labels, name: object, what: str) -> str:
    """The option that `name` is; UsageError, naming `what` needs it and the nearest options, where it is none."""
    found = labels.named(name) if isinstance(name, str) else None
    if found is None:
        hint = did_you_mean(str(name), labels.options)
        msg = f"{what} names {name!r:.80}, which is none of the options.{hint}"
        raise UsageError(msg)
    return found


def _described(labels: Labels, descriptions: Mapping[str, str]) -> dict[str, str]:
    if not isinstance(descriptions, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  (of a caller without types)
        msg = f"option_descriptions maps options to what they mean, not {descriptions!r:.80}."
        raise WrongTypeError(msg)
    found = {option_of(labels, name, "option_descriptions"): text for name, text in descriptions.items()}
    if odd := next((name for name, text in found.items() if not isinstance(text, str)), None):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"The description of {odd!r} is a text, not {found[odd]!r:.80}."
        raise WrongTypeError(msg)
    return {option: text.strip() for option, text in found.items() if text.strip()}


def _shown(labels: Labels, examples: Examples | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if examples is None:
        return ()
    pairs = example_pairs(examples)
    return tuple((_text(text), tuple(option_of(labels, name, "An example") for name in _names(given))) for text, given in pairs)


def example_pairs(examples: Examples) -> list[tuple[str, str | Sequence[str]]]:
    """Pairs of a text and its label (or labels), in whichever of the two ways they were given. WrongTypeError for others.

    >>> example_pairs({"Billing": "Where is my money?"}) == example_pairs([("Where is my money?", "Billing")])
    True
    """
    if isinstance(examples, Mapping):
        return [(text, label) for label, texts in examples.items() for text in ([texts] if isinstance(texts, str) else texts)]
    return [_pair(example) for example in examples]


def _pair(example: object) -> tuple[str, str | Sequence[str]]:
    parts = cast("Sequence[object]", example) if isinstance(example, list | tuple) else ()
    if len(parts) != 2:  # noqa: PLR2004  (a text and its label)
        msg = f"An example is a pair of a text and its label, such as ('Where is my money?', 'Billing'); got {example!r:.80}."
        raise WrongTypeError(msg)
    return cast("tuple[str, str | Sequence[str]]", tuple(parts))


def _names(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else given


def _text(text: object) -> str:
    if isinstance(text, str) and text.strip():
        return text
    msg = f"The text of an example says something; got {text!r:.80}."
    raise UsageError(msg)
