"""How long the examples of a dataset are, in tokens: as figures, as text and as a picture. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from racto_nb.finetune.checking.limits import TOKEN_LIMITS, token_limit

if TYPE_CHECKING:
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

_BINS, _WIDE = 12, 40
_FAR = 4
"""A limit of more than so many times the longest example is no line in the picture."""


def most_tokens(model: str | None) -> int | None:
    """The most tokens of an example that `model` is trained on, whoever offers it; None where that is not known."""
    limits = [token_limit(family, model) for family in TOKEN_LIMITS] if model else []
    return next((limit.tokens for limit in limits if limit is not None), None)


@dataclass(frozen=True, slots=True, repr=False)
class TokenLengths:
    """The tokens of each example. Print it for a histogram in text, `figure()` draws it.

    `counter` is what they were counted with, `exact` whether that is the model's own vocabulary. `limit` is the most tokens an
    example may have; None where that is not known.

    >>> TokenLengths([10, 11, 11, 12], "o200k_base", exact=True, limit=11)
            10 to 10       ████████████████████ 1
            11 to 11       ████████████████████████████████████████ 2
            12 to 12       ████████████████████ 1
    4 examples, 44 tokens (o200k_base): median 11, 95% at most 12, longest 12; 1 over the limit of 11
    """

    counts: Sequence[int]
    counter: str
    exact: bool
    limit: int | None = None

    @property
    def total(self) -> int:
        """The tokens of all examples together."""
        return sum(self.counts)

    @property
    def longest(self) -> int:
        """The tokens of the longest example; 0 without examples."""
        return max(self.counts, default=0)

    @property
    def over(self) -> int:
        """How many examples have more tokens than the limit; 0 where there is none."""
        return 0 if self.limit is None else sum(count > self.limit for count in self.counts)

    def quantile(self, share: float) -> int:
        """The smallest length that at least this share of the examples does not exceed; 0 without examples."""
        ordered = sorted(self.counts)
        return ordered[min(max(-int(-share * len(ordered) // 1) - 1, 0), len(ordered) - 1)] if ordered else 0

    def bins(self, most: int = _BINS) -> list[tuple[int, int, int]]:
        """At most `most` bins of equal width: the smallest and largest length that falls in it, and how many examples do."""
        if not self.counts:
            return []
        low, high = min(self.counts), self.longest
        width = -(-(high - low + 1) // min(most, max(1, high - low + 1)))
        found = [0] * -(-(high - low + 1) // width)
        for count in self.counts:
            found[(count - low) // width] += 1
        return [(low + place * width, min(low + (place + 1) * width - 1, high), count) for place, count in enumerate(found)]

    def figure(self) -> Figure:
        """The histogram, drawn by Plotly, with a line at the limit. A limit that is far away is told in the title instead."""
        import plotly.graph_objects as go  # pyright: ignore[reportMissingTypeStubs]

        return cast("Any", go).Figure(drawn_lengths(self))

    def __repr__(self) -> str:
        bins = self.bins()
        most = max((count for _, _, count in bins), default=1)
        lines = [f"{first:>10,} to {last:<8,} {'█' * round(_WIDE * count / most)} {count:,}" for first, last, count in bins]
        told = f"{len(self.counts):,} examples, {self.total:,} tokens ({self.counter})"
        if self.counts:
            told += f": median {self.quantile(0.5):,}, 95% at most {self.quantile(0.95):,}, longest {self.longest:,}"
        if self.limit is not None:
            told += f"; {self.over:,} over the limit of {self.limit:,}"
        return "\n".join([*lines, told])


def drawn_lengths(lengths: TokenLengths) -> dict[str, object]:
    """Their histogram as Plotly's JSON; Plotly is not loaded."""
    bins = lengths.bins(60)
    bars = {
        "type": "bar",
        "x": [(first + last) / 2 for first, last, _ in bins],
        "y": [count for _, _, count in bins],
        "width": [last - first + 1 for first, last, _ in bins],
        "customdata": [[first, last] for first, last, _ in bins],
        "hovertemplate": "%{customdata[0]:,} to %{customdata[1]:,} tokens<br>%{y:,} examples<extra></extra>",
    }
    layout: dict[str, object] = {
        "title": {"text": f"Tokens of {len(lengths.counts):,} examples"},
        "xaxis": {"title": {"text": f"tokens of an example ({lengths.counter})"}},
        "yaxis": {"title": {"text": "examples"}},
        "bargap": 0.02,
    }
    if lengths.limit is not None and lengths.limit > _FAR * lengths.longest:  # a line there would leave the bars no room
        layout["title"] = {"text": f"Tokens of {len(lengths.counts):,} examples (limit {lengths.limit:,})"}
    elif lengths.limit is not None:
        layout |= _limit_line(lengths.limit)
    return {"data": [bars], "layout": layout}


def _limit_line(limit: int) -> dict[str, object]:
    """What draws a line at the limit, in the words of Plotly."""
    line = {"type": "line", "x0": limit, "x1": limit, "yref": "paper", "y0": 0, "y1": 1, "line": {"dash": "dash"}}
    says = {"x": limit, "yref": "paper", "y": 1, "text": f"limit {limit:,}", "showarrow": False, "yanchor": "bottom"}
    return {"shapes": [line], "annotations": [says]}
