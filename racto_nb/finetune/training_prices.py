"""What providers ask for training, as a dated table, and until when they take jobs. Facts, and how a model is found among them.

Read on 2026-11-29 from stored copies of the providers' pages, and from tables that cite them: for OpenAI
developers.openai.com/api/docs/pricing and /deprecations, for Google cloud.google.com/vertex-ai/generative-ai/pricing. Prices
change: the page of the provider is what holds. A model that is not here has no price here; none is made up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

READ = date(2026, 11, 29)
OPENAI_PAGE = "developers.openai.com/api/docs/pricing"
GOOGLE_PAGE = "cloud.google.com/vertex-ai/generative-ai/pricing"
OPENAI_LAST_JOBS = date(2027, 1, 6)
"""From this day on nobody can begin a job; since 2026-07-02 only who used a tuned model lately can."""
_GPT_4_RETIRED, _SMALL_RETIRED, _BASES_RETIRED = date(2027, 1, 14), date(2026, 10, 23), date(2026, 9, 28)
_OPENAI_NOTE = (
    "Since 2026-07-02 only organisations that used a tuned model lately can begin a job, and from 2027-01-06 on nobody can."
)
_GOOGLE_NOTE = (
    "Tuned on Vertex AI only. Gemini 2.5 Pro and Flash end in the developer API on 2026-12-01: "
    "ask Vertex AI which models it still tunes."
)


@dataclass(frozen=True, slots=True)
class TrainingRate:
    """What training a model costs, in US dollars.

    `per_million` tokens that are trained (those of the file times the epochs), or `per_hour` of training where that is billed.
    `last_jobs` is the day from which on no job can begin, `retired` the day on which the model ends, and with it what was tuned
    from it; None where none is known.
    """

    per_million: Decimal | None
    source: str
    read: date = READ
    per_hour: Decimal | None = None
    last_jobs: date | None = None
    retired: date | None = None
    note: str = ""


def _openai(per_million: str | None, retired: date, *, per_hour: str | None = None) -> TrainingRate:
    return TrainingRate(
        Decimal(per_million) if per_million else None,
        OPENAI_PAGE,
        per_hour=Decimal(per_hour) if per_hour else None,
        last_jobs=OPENAI_LAST_JOBS,
        retired=retired,
        note=_OPENAI_NOTE,
    )


def _google(per_million: str) -> TrainingRate:
    return TrainingRate(Decimal(per_million), GOOGLE_PAGE, note=_GOOGLE_NOTE)


RATES: dict[str, dict[str, TrainingRate]] = {
    "openai": {
        "gpt-4.1-2025-04-14": _openai("25", _GPT_4_RETIRED),
        "gpt-4.1-mini-2025-04-14": _openai("5", _GPT_4_RETIRED),
        "gpt-4.1-nano-2025-04-14": _openai("1.50", _SMALL_RETIRED),
        "gpt-4o-2024-08-06": _openai("25", _GPT_4_RETIRED),
        "gpt-4o-mini-2024-07-18": _openai("3", _GPT_4_RETIRED),
        "gpt-3.5-turbo": _openai("8", _SMALL_RETIRED),
        "davinci-002": _openai("6", _BASES_RETIRED),
        "babbage-002": _openai("0.40", _BASES_RETIRED),
        "o4-mini-2025-04-16": _openai(None, _SMALL_RETIRED, per_hour="100"),
    },
    "vertex": {
        "gemini-2.5-pro": _google("25"),
        "gemini-2.5-flash": _google("5"),
        "gemini-2.5-flash-lite": _google("1.50"),
    },
}
NO_TRAINING = {
    "anthropic": "Anthropic takes no tuning jobs: its API has no endpoint for them, and the one path, Claude 3 Haiku on Amazon "
    "Bedrock, ended on 2026-09-10.",
    "local": "Training on your own machine has no price a token; it costs the time of the hardware.",
}
_NAMES = {"generic": "openai", "gemini": "vertex", "google": "vertex", "openai_dpo": "openai", "openai_rft": "openai"}
_VERSION = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{3,4})$")


def provider_named(provider: str) -> str:
    """The name under which the table knows a provider or a format: "vertex" for "gemini"."""
    return _NAMES.get(provider, provider)


def rate_of(provider: str, model: str) -> TrainingRate | None:
    """What training `model` costs; None where that is not known here.

    A model may be named without the date of its version ("gpt-4o-mini"), with the path of an API ("models/..."), or be a tuned
    one that is trained further ("ft:gpt-4o-mini-2024-07-18:...").

    >>> rate_of("openai", "gpt-4o-mini").per_million, rate_of("gemini", "models/gemini-2.5-flash-001").per_million
    (Decimal('3'), Decimal('5'))
    """
    rates = RATES.get(provider_named(provider), {})
    name = model.split(":")[1] if model.startswith("ft:") else model.rpartition("/")[2]
    if name in rates:
        return rates[name]
    if undated := rates.get(_VERSION.sub("", name)):
        return undated
    return next((rate for known, rate in rates.items() if _VERSION.sub("", known) == name), None)
