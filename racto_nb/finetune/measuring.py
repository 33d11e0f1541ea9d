"""The part of a dataset that measures it: how much there is, how long it is, what training on it costs. Kind: plain."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from racto_nb.finetune.collection import Collection

if TYPE_CHECKING:
    import polars as pl
    from plotly.graph_objects import Figure  # pyright: ignore[reportMissingTypeStubs]

    from racto_nb.finetune.pricing import TrainingPrice
    from racto_nb.finetune.token_lengths import TokenLengths


class Measurable(Collection):
    """Figures of a dataset. Tokens are counted exactly or estimated as `TokenCounter` says."""

    def summary(self) -> dict[str, int | float]:
        """How many examples and messages there are, the messages of an example on average, and the examples with files.

        >>> from racto_nb.finetune import RactoDataset
        >>> RactoDataset.from_pairs([("What is a list?", "An ordered sequence.")], system="Be brief.").summary()
        {'examples': 1, 'total_messages': 3, 'avg_turns_per_example': 3.0, 'multimodal_examples': 0}
        """
        messages = sum(len(example.messages) for example in self._examples)
        return {
            "examples": len(self),
            "total_messages": messages,
            "avg_turns_per_example": round(messages / len(self), 2) if len(self) else 0.0,
            "multimodal_examples": sum(any(turn.attachments for turn in example.turns()) for example in self._examples),
        }

    def describe(self, *, model: str | None = None) -> dict[str, object]:
        """More than `summary`: roles, tokens, what the examples have, where they come from, and the values of their tags.

        Tokens are counted for `model`; `tokens["counter"]` says how.
        """
        lengths, examples = self.token_lengths(model), self._examples
        tags: dict[str, Counter[str]] = {}
        for example in examples:
            for tag, value in (example.tags or {}).items():
                tags.setdefault(tag, Counter())[str(value)] += 1
        return {
            **self.summary(),
            "roles": dict(Counter(str(turn.role) for example in examples for turn in example.turns())),
            "tokens": {
                "total": lengths.total,
                "median": lengths.quantile(0.5),
                "p95": lengths.quantile(0.95),
                "longest": lengths.longest,
                "counter": lengths.counter,
                "exact": lengths.exact,
            },
            "with_tools": sum(bool(example.tools) for example in examples),
            "preference_pairs": sum(bool(example.preferred or example.rejected) for example in examples),
            "with_reference": sum(example.reference is not None for example in examples),
            "sources": dict(Counter(example.provenance.source if example.provenance else "" for example in examples)),
            "tags": {tag: dict(counts.most_common()) for tag, counts in tags.items()},
        }

    def price(self, provider: str = "openai", model: str = "gpt-4o-mini-2024-07-18", *, epochs: int = 3) -> TrainingPrice:
        """What training `model` on this dataset costs, in US dollars, by a dated table of prices.

        `amount` of the result is None, with the reason in its notes, for a model whose price is not known: none is made up. It
        says how the tokens were counted, and until when jobs can begin. UsageError for an unknown provider.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("What is a list?", "An ordered sequence.")] * 1_000)
        >>> price = data.price("openai", "gpt-4o-mini", epochs=3)
        >>> price.trained_tokens == 3 * price.tokens, price.per_million
        (True, Decimal('3'))
        """
        from racto_nb.finetune.pricing import training_price

        return training_price(self._examples, provider, model, epochs=epochs)

    def lengths(self, *, model: str | None = None) -> pl.DataFrame:
        """A row for each example: messages, characters, tokens (for `model`), files, tools, calls, source, and its tags."""
        from racto_nb.finetune.lengths import lengths_frame

        return lengths_frame(self._examples, model=model)

    def token_lengths(self, model: str | None = None, *, limit: int | None = None) -> TokenLengths:
        """The tokens of each example, counted for `model`: a histogram in text when printed, a picture by `figure()`.

        `limit` is the most tokens an example may have; without it the limit of the model, where that is known.
        """
        from racto_nb.finetune.token_lengths import TokenLengths, most_tokens
        from racto_nb.finetune.tokens import TokenCounter

        counter = TokenCounter(model)
        return TokenLengths(counter.counts(self._examples), counter.name, counter.exact, limit or most_tokens(model))

    def token_histogram(self, model: str | None = None, *, limit: int | None = None) -> Figure:
        """A histogram of the tokens of the examples, drawn by Plotly, with a line at the limit. `token_lengths` has figures."""
        return self.token_lengths(model, limit=limit).figure()

    def token_histogram_text(self, model: str | None = None, *, limit: int | None = None) -> str:
        """The histogram of the tokens of the examples as text, for who cannot see the picture."""
        return repr(self.token_lengths(model, limit=limit))
