"""What training on a dataset costs: its tokens, times the epochs, at the price of the table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune.checking.limits import LIMITS, token_limit
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.tokens import TokenCounter, is_all_text
from racto_nb.finetune.training_prices import NO_TRAINING, RATES, TrainingRate, provider_named, rate_of

_MILLION = 1_000_000
_FAMILIES = {"vertex": "gemini"}


@dataclass(frozen=True, slots=True, repr=False)
class TrainingPrice:
    """What a training would cost, in US dollars. Print it for a sentence.

    `amount` is None where nobody knows it; `notes` say why, and what else to know: until when jobs can begin, how many examples
    are too long. `tokens` are those of the dataset once, `trained_tokens` what is billed: without what is cut, times `epochs`.
    `exact` says that all texts were counted with the model's own vocabulary, and that there is nothing but texts; `counter` says
    with what they were counted. What a provider puts around messages is estimated in any case. `source` is where the price
    stands, `read` when it was read.
    """

    provider: str
    model: str
    amount: Decimal | None
    per_million: Decimal | None
    tokens: int
    trained_tokens: int
    epochs: int
    exact: bool
    counter: str
    source: str
    read: date | None
    last_jobs: date | None
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        counted = "counted" if self.exact else "estimated"
        lines = [f"{self.model} ({self.provider}): {_dollars(self.amount)}"]
        times = f"{self.trained_tokens:,} tokens to train ({self.tokens:,} in the dataset, epochs: {self.epochs})"
        lines += [f"{times}, {counted} ({self.counter})"]
        if self.read is not None and self.per_million is not None:
            lines += [f"at ${self.per_million:.2f} a million, {self.source}, read {self.read}"]
        return "\n".join([*lines, *self.notes])


def training_price(
    examples: Sequence[RactoTrainingExample], provider: str, model: str, *, epochs: int = 3, today: date | None = None
) -> TrainingPrice:
    """What training `model` on these examples costs. UsageError for an unknown provider, and for fewer than one epoch."""
    _check_types(provider, model, epochs)
    name = provider_named(provider.strip().lower())
    if name not in {*RATES, *NO_TRAINING}:
        known = (*RATES, *NO_TRAINING, "gemini", "generic")
        msg = f"Nothing is known of training with the provider {provider!r}.{did_you_mean(provider, known)}"
        raise UsageError(msg)
    if epochs < 1:
        msg = f"epochs is how often a training reads the dataset, at least 1, not {epochs!r}."
        raise UsageError(msg)
    counter, rate = TokenCounter(model), rate_of(name, model)
    counts = counter.counts(examples)
    longest = _longest(name, model) if rate is not None else None
    billed = epochs * sum(min(count, longest) for count in counts) if longest else epochs * sum(counts)
    per_million = rate.per_million if rate is not None else None
    return TrainingPrice(
        name,
        model,
        None if per_million is None else per_million * billed / _MILLION,
        per_million,
        sum(counts),
        billed,
        epochs,
        counter.exact and all(map(is_all_text, examples)),
        counter.name,
        rate.source if rate is not None else "",
        rate.read if rate is not None else None,
        rate.last_jobs if rate is not None else None,
        (*_notes(name, model, rate, today or datetime.now(UTC).date()), *_size_notes(name, model, counts)),
    )


def _check_types(provider: object, model: object, epochs: object) -> None:
    for what, value in (("provider", provider), ("model", model)):
        if not isinstance(value, str):
            msg = f"{what} is a name such as {'openai' if what == 'provider' else 'gpt-4o-mini'!r}, not {value!r:.80}."
            raise WrongTypeError(msg)
    if isinstance(epochs, bool) or not isinstance(epochs, int):
        msg = f"epochs is how often a training reads the dataset, a whole number from 1 on, not {epochs!r:.80}."
        raise WrongTypeError(msg)


def _longest(provider: str, model: str) -> int | None:
    """The most tokens of an example that are trained; None where that is not known."""
    limit = token_limit(_FAMILIES.get(provider, provider), model)
    return None if limit is None else limit.tokens


def _notes(provider: str, model: str, rate: TrainingRate | None, today: date) -> list[str]:
    if rate is None:
        return [NO_TRAINING.get(provider) or _unknown(provider, model)]
    notes = [rate.note] if rate.last_jobs is None or today < rate.last_jobs else []
    if rate.last_jobs is not None and today >= rate.last_jobs:
        notes += [f"No job can begin any more: the last day was before {rate.last_jobs}."]
    if rate.retired is not None and today >= rate.retired:
        notes += [f"The model ended on {rate.retired}: neither it nor what was tuned from it answers any more."]
    elif rate.retired is not None:
        notes += [f"The model ends on {rate.retired}, and with it what is tuned from it."]
    if rate.per_hour is not None:
        notes += [f"Its training is billed by time, ${rate.per_hour} an hour, so that tokens do not tell the price."]
    return notes


def _size_notes(provider: str, model: str, counts: Sequence[int]) -> list[str]:
    notes, family = list[str](), _FAMILIES.get(provider, provider)
    longest = _longest(provider, model)
    if longest is not None and (long := sum(count > longest for count in counts)):
        notes += [f"{long:,} examples have more than {longest:,} tokens; what is longer is cut, and not billed."]
    least = LIMITS[family].least if family in LIMITS else None
    if least is not None and len(counts) < least:
        notes += [f"At least {least} examples are taken; there are {len(counts)}."]
    return notes


def _unknown(provider: str, model: str) -> str:
    known = did_you_mean(model, RATES[provider])
    return f"What training {model!r} costs is not known here, or it cannot be trained.{known}"


def _dollars(amount: Decimal | None) -> str:
    if amount is None:
        return "price unknown"
    return f"${amount:,.2f}" if amount >= Decimal("0.01") or not amount else f"${amount:.6f}"
