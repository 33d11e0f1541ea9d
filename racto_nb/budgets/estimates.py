"""What a request may use and cost, before it is sent. Pure, but for the first import of the prices.

The upper end is a bound and no guess: the tokenizers of all providers cover at least one byte with a token, so that a text has
at most as many tokens as bytes, and the request as JSON has more bytes than what the model is shown around the text. The lower
end is one token for eight bytes of text, which only long white space and the like goes below. What a provider counts itself is
exact, but for the little that it may add: one in a hundred, and 16 tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.models.usage import Spent, usage_of
from racto_nb.providers.catalog import Catalogue, catalogue
from racto_nb.providers.conversation import has_tools, turns
from racto_nb.providers.pricing import price_of
from racto_nb.providers.sending import encoded
from racto_nb.providers.wire import ModelSpec, Request

N = TypeVar("N", int, Decimal)
BYTES_A_TOKEN = 8
"""The most bytes of text that are taken for one token at the lower end."""
MOST_OF_AN_IMAGE = 50_000
"""More tokens than any provider counts for one image."""
LEAST_OF_A_FILE = 64
_KEPT_THERE = frozenset({"previous_response_id", "conversation", "cachedContent"})
"""What in a request stands for text that the provider has kept, and counts as input again."""
_KEPT_LONG = b'"ttl":"1h"'
_TEMPLATE = 64
_TOOLS = 2_000
"""What providers may write around a request, and what some of them say about tools in general."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one request may use and cost. `low` and `high` are the ends of an interval, None where nobody knows the end.

    `exact` says that the provider has counted the input. `output_most` is the most that may be written, thinking included; prices
    are US dollars, `price_high` with all of that written, `price_low` with nothing written. `kept_long` says that the provider is
    asked to keep some of the input for an hour, which costs more.

    >>> print(Estimate("openai", "gpt-6-luna", 10, 80, 4096, Decimal("0.000001"), Decimal("0.002056")))
    openai:gpt-6-luna · 10 to 80 tokens in, at most 4,096 out · $0.0000010 to $0.0021 at most
    """

    provider: str
    model: str
    input_low: int
    input_high: int | None
    output_most: int | None
    price_low: Decimal | None
    price_high: Decimal | None
    exact: bool = False
    tier: str = ""
    free: bool = False
    official: bool = True
    known: Catalogue | None = field(default=None, repr=False, compare=False)
    kept_long: bool = field(default=False, repr=False)

    @property
    def tokens_high(self) -> int | None:
        """The most tokens, read and written."""
        return None if self.input_high is None or self.output_most is None else self.input_high + self.output_most

    def counted(self, tokens: int) -> Estimate:
        """This estimate after the provider has counted the input."""
        return _priced(replace(self, input_low=tokens, input_high=tokens, exact=True))

    def with_least_input(self) -> Estimate:
        """This estimate as it would be if the lower end of the input were true."""
        return self.counted(self.input_low)

    def at_tier(self, tier: str) -> Estimate:
        """This estimate at the prices of a tier, such as "batch"."""
        return _priced(replace(self, tier=tier))

    @property
    def input_bound(self) -> int | None:
        """The most tokens that may be read and charged."""
        return self.input_high if self.input_high is None or not self.exact else self.input_high + self.input_high // 100 + 16

    @property
    def tag(self) -> str:
        """The tokens and the price in words, without the model."""
        return f"{self._tokens()} · {self._price()}"

    def __str__(self) -> str:
        return f"{self.provider}:{self.model} · {self.tag}"

    def _tokens(self) -> str:
        if self.exact:
            read = f"{self.input_low:,} tokens in"
        else:
            read = (
                f"{self.input_low:,} to {'an unknown number of' if self.input_high is None else f'{self.input_high:,}'} tokens in"
            )
        return read if self.output_most is None else f"{read}, at most {self.output_most:,} out"

    def _price(self) -> str:
        if self.free:
            return "free, on this machine"
        if self.price_low is None:
            return "price unknown"
        most = "an unknown price" if self.price_high is None else f"{_dollars(self.price_high)} at most"
        return f"{_dollars(self.price_low)} to {most}"


def estimated(config: ChatConfig, request: Request, spec: ModelSpec) -> Estimate:
    """What `request`, made of a resolved `config`, may use and cost.

    Reads the user's catalogue, and raises UsageError for a wrong one.
    """
    listed = turns(config)
    files = [file for turn in listed for file in turn.attachments]
    low = sum(_bytes(turn.content) for turn in listed) // BYTES_A_TOKEN + LEAST_OF_A_FILE * len(files)
    images = [file for file in files if file.is_image]
    documents = [file for file in files if file.is_pdf]
    apart = sum(_base64_size(len(file.data)) for file in (*images, *documents))
    body = encoded(request)
    written = max(0, len(body) - apart)
    high: int | None = written + _TEMPLATE + (_TOOLS if has_tools(config) else 0) + MOST_OF_AN_IMAGE * len(images)
    # Nobody knows how many tokens a page has, or what the provider kept of earlier turns; a prompt never exceeds the window.
    if documents or not _KEPT_THERE.isdisjoint(request.arguments):
        high = spec.abilities.window
    tier = config.extra.get("service_tier") or config.extra.get("speed") or ""
    return _priced(_Parts(spec, max(1, low), high, _room(request, config, spec), str(tier), _KEPT_LONG in body).estimate())


def estimated_embedding(config: EmbeddingConfig, spec: ModelSpec) -> Estimate:
    """What embedding the texts of `config` may use and cost."""
    size = sum(map(_bytes, config.texts))
    return _priced(_Parts(spec, max(1, size // BYTES_A_TOKEN), size + 4 * len(config.texts), 0, "").estimate())


def spanning(estimates: Sequence[Estimate], model: str) -> Estimate:
    """The estimate of a request that goes to one of some models, called `model`. An end that one does not know is None."""
    first = estimates[0]
    return replace(
        first,
        model=model,
        input_low=min(each.input_low for each in estimates),
        input_high=_end([each.input_high for each in estimates], max),
        output_most=_end([each.output_most for each in estimates], max),
        price_low=_end([each.price_low for each in estimates], min),
        price_high=_end([each.price_high for each in estimates], max),
        free=all(each.free for each in estimates),
        official=all(each.official for each in estimates),
    )


def summed(estimates: Sequence[Estimate]) -> Estimate:
    """The estimate of some requests to one model together. An end that is not known of one of them is None."""
    return replace(
        estimates[0],
        input_low=sum(each.input_low for each in estimates),
        input_high=_end([each.input_high for each in estimates], sum),
        output_most=_end([each.output_most for each in estimates], sum),
        price_low=_end([each.price_low for each in estimates], _total),
        price_high=_end([each.price_high for each in estimates], _total),
    )


def _total(prices: Sequence[Decimal]) -> Decimal:
    return sum(prices, Decimal(0))


@dataclass(frozen=True, slots=True)
class _Parts:
    spec: ModelSpec
    low: int
    high: int | None
    room: int | None
    tier: str
    kept_long: bool = False

    def estimate(self) -> Estimate:
        spec, window = self.spec, self.spec.abilities.window
        high = self.high if window is None or self.high is None else min(self.high, window)
        low = self.low if high is None else min(self.low, high)
        known = catalogue()
        return Estimate(
            spec.provider,
            spec.name,
            low,
            high,
            self.room,
            None,
            None,
            tier=self.tier,
            free=spec.free,
            official=spec.official,
            known=known,
            kept_long=self.kept_long,
        )


def _room(request: Request, config: ChatConfig, spec: ModelSpec) -> int | None:
    answers = request.arguments.get("n", 1)
    if request.room is not None:
        return request.room * max(1, answers if isinstance(answers, int) else 1)
    if spec.abilities.output_limit is not None:
        return spec.abilities.output_limit
    return config.max_tokens + (config.thinking_budget if config.native_thinking else 0)


def _priced(estimate: Estimate) -> Estimate:
    """`estimate` with its prices: at least, all input comes from the provider's cache; at most, all of it is written there."""
    read, written = estimate.input_bound, estimate.output_most
    low = [_price(estimate, usage_of(estimate.input_low, 0, cached=cached)) for cached in (0, estimate.input_low)]
    high: list[Decimal | None] = [None]
    if read is not None and written is not None:
        high = [
            _price(estimate, usage_of(read, written, cache_write=kept, cache_write_1h=kept if estimate.kept_long else 0))
            for kept in (0, read)
        ]
    return replace(estimate, price_low=_end(low, min), price_high=_end(high, max))


def _end(ends: Sequence[N | None], end: Callable[[Sequence[N]], N]) -> N | None:
    known = [each for each in ends if each is not None]
    return end(known) if len(known) == len(ends) else None


def _price(estimate: Estimate, usage: Mapping[str, int]) -> Decimal | None:
    name = estimate.model
    spent = Spent(estimate.provider, name, name, usage, estimate.tier, free=estimate.free, official=estimate.official)
    return price_of(spent, known=estimate.known)


def _dollars(price: Decimal) -> str:
    """US dollars, two digits below a cent.

    >>> _dollars(Decimal("0.0020560")), _dollars(Decimal("12.3456"))
    ('$0.0021', '$12.35')
    """
    if not price:
        return "$0"
    return f"${price:,.{max(2, 1 - price.adjusted())}f}"


def _base64_size(size: int) -> int:
    return 4 * ((size + 2) // 3)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
