"""The table of all rules, in groups and in the order in which they speak."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import UsageError
from racto_nb.finetune.checking import contents, images, kinds, lengths, roles, sizes, texts, tools, turns
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.likeness import rules as likeness
from racto_nb.finetune.privacy import balance
from racto_nb.finetune.privacy import rules as privacy

GROUPS: Mapping[str, tuple[Rule, ...]] = {
    "sizes": sizes.RULES,
    "structure": (*contents.RULES, *roles.RULES, *kinds.RULES),
    "tools": tools.RULES,
    "files": images.RULES,
    "tokens": lengths.RULES,
    "likeness": likeness.RULES,
    "privacy": privacy.RULES,
    "balance": balance.RULES,
    "texts": texts.RULES,
    "turns": turns.RULES,  # turns are joined when all else in them is mended
}
"""All rules by the name of their group. A module of rules ends with a tuple of its own `RULES`, and is named here."""

RULES: tuple[Rule, ...] = tuple(rule for rules in GROUPS.values() for rule in rules)
"""All rules."""


def chosen(target: Target, rules: Iterable[str] | None = None, ignore: Iterable[str] = ()) -> list[Rule]:
    """The rules to ask for `target`: all that hold for it, or those named in `rules`, without those named in `ignore`.

    Both take names of rules and of groups. UsageError for a name that nobody has.
    """
    wanted = None if rules is None else _names(rules)
    left_out = _names(ignore)
    holding = (rule for rule in RULES if rule.name not in left_out and rule.holds(target))
    return [rule for rule in holding if wanted is None or rule.name in wanted]


def _names(named: Iterable[str]) -> frozenset[str]:
    """The names of the rules that are named, or whose group is."""
    known, names = {rule.name for rule in RULES}, set[str]()
    for name in [named] if isinstance(named, str) else named:
        if name in GROUPS:
            names |= {rule.name for rule in GROUPS[name]}
        elif name in known:
            names.add(name)
        else:
            msg = (
                f"There is no rule and no group of rules {name!r} for training data.{did_you_mean(str(name), [*known, *GROUPS])}"
            )
            raise UsageError(msg)
    return frozenset(names)
