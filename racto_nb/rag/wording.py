"""A filter as a person would say it. Pure."""

from __future__ import annotations

from racto_nb.rag.filters import And, Contains, Eq, Filter, In, Not, Or, Range

_SIGNS = (("gt", ">"), ("ge", ">="), ("lt", "<"), ("le", "<="))


def said(condition: Filter) -> str:
    """`condition` in words.

    >>> from racto_nb.rag import field
    >>> said((field("year") >= 2020) & (field("team") != "red"))
    "(year >= 2020) and (not team == 'red')"
    """
    match condition:
        case Eq(name, value):
            return f"{name} == {value!r}"
        case In(name, values):
            return f"{name} in [{', '.join(map(repr, values))}]"
        case Range(name):
            ends = [(sign, getattr(condition, word)) for word, sign in _SIGNS]
            return " and ".join(f"{name} {sign} {end!r}" for sign, end in ends if end is not None) or f"{name} in any range"
        case Contains(name, value):
            return f"{name} contains {value!r}"
        case And(parts) | Or(parts) if parts:
            return (" and " if isinstance(condition, And) else " or ").join(f"({said(part)})" for part in parts)
        case Not(part):
            return f"not {said(part)}"
        case _:
            return "false" if condition == Or(()) else "true"
