"""A provider's own JSON, whose keys can be read as attributes too. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from racto_nb._nearest import did_you_mean


class RawReply(dict[str, Any]):
    """A JSON object of a provider: a dict, whose keys are attributes as well.

    What is missing is an AttributeError with the nearest keys, or a KeyError in brackets. A key that is the name of a method of
    dicts, such as `items`, is read in brackets only.

    >>> reply = readable({"model": "gpt-6-luna", "choices": [{"index": 0}]})
    >>> reply.model, reply["choices"][0].index
    ('gpt-6-luna', 0)
    >>> reply == {"model": "gpt-6-luna", "choices": [{"index": 0}]}
    True
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            message = f"The provider's reply has no {name!r}.{did_you_mean(name, self)}"
            raise AttributeError(message, name=name, obj=self) from None

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *(key for key in self if key.isidentifier())]


def readable(value: Any) -> Any:
    """`value` with a RawReply for every dict in it, within lists too. What else it holds stays the same object.

    What is nested without end comes back as it is.
    """
    try:
        return _readable(value)
    except RecursionError:
        return value


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return RawReply({key: _readable(each) for key, each in cast("dict[str, Any]", value).items()})
    if isinstance(value, list):
        return [_readable(each) for each in cast("list[Any]", value)]
    return value
