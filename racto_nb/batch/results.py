"""The results of a batch: a list of one result for each item, which also tells what it cost and what was saved. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, partial

from racto_nb.models.batches import BatchJobInfo, BatchResult
from racto_nb.models.response import LLMResponse
from racto_nb.models.usage import added
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.wire import ModelSpec

BATCH = "batch"
"""What catalogues call the price of batches."""
Cost = Callable[[Mapping[str, int]], Decimal | None]
"""US dollars for a usage; None where they are unknown."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What the answers of a batch cost, and what they would have cost one by one."""

    batch: Cost
    standard: Cost


def _unknown(usage: Mapping[str, int]) -> Decimal | None:  # noqa: ARG001  (a Cost)
    return None


def prices_of(spec: ModelSpec) -> Prices:
    """The prices of a model. Those of another server under a provider's API are its own."""
    if not spec.official:
        return Prices(_unknown, _unknown)
    # Functions of this module, so that results can be pickled.
    return Prices(partial(_cost, spec.provider, spec.name, BATCH), partial(_cost, spec.provider, spec.name, ""))


def _cost(provider: str, model: str, tier: str, usage: Mapping[str, int]) -> Decimal | None:
    return catalogue().cost(provider, model, usage, tier=tier)


class BatchResults(list[BatchResult]):
    """One result for each item, in the order of the items.

    `job` is what is known of the job. Costs are in US dollars at the prices of the day, and None where the price of one answer is
    unknown; items without an answer cost nothing. `warm_up` are the answers to the questions that `warm_cache=True` asked
    beforehand, `warm_up_cost` what these cost beside `cost`.

    >>> results = BatchResults([BatchResult(custom_id="q1", error="expired")])
    >>> results.summary()
    '0 of 1 answered, 1 failed; price unknown'
    """

    def __init__(
        self,
        results: Iterable[BatchResult] = (),
        *,
        job: BatchJobInfo | None = None,
        standard: Cost = _unknown,
        warm_up: Iterable[LLMResponse] = (),
    ) -> None:
        super().__init__(results)
        self.job = job
        self.warm_up = list(warm_up)
        self._standard = standard

    @property
    def succeeded(self) -> list[BatchResult]:
        """The results with a usable answer."""
        return [result for result in self if result.ok]

    @property
    def failed(self) -> list[BatchResult]:
        """The results without one. Their items can be handed in again."""
        return [result for result in self if not result.ok]

    @property
    def usage(self) -> dict[str, int]:
        """The tokens of all answers together."""
        return added(*(result.response.usage for result in self if result.response is not None))

    @property
    def cost(self) -> Decimal | None:
        """What the answers cost at batch prices; None where one of them has no known price."""
        return _sum([result.cost for result in self if result.response is not None])

    @cached_property
    def standard_cost(self) -> Decimal | None:
        """What the same answers would have cost one by one."""
        return _sum([self._standard(result.response.usage) for result in self if result.response is not None])

    @property
    def warm_up_cost(self) -> Decimal | None:
        """What the questions asked beforehand cost, at standard prices; 0 where there were none."""
        return _sum([self._standard(response.usage) for response in self.warm_up]) if self.warm_up else Decimal(0)

    @property
    def saved(self) -> Decimal | None:
        """What the batch saved."""
        if self.cost is None or self.standard_cost is None:
            return None
        return self.standard_cost - self.cost

    def summary(self) -> str:
        """One line: how many were answered, what it cost and what was saved."""
        counts = f"{len(self.succeeded)} of {len(self)} answered"
        counts += f", {len(self.failed)} failed" if self.failed else ""
        if self.cost is None:
            return f"{counts}; price unknown"
        saved = "" if self.saved is None else f", ${self.saved.normalize():f} less than one by one"
        return f"{counts}; ${self.cost.normalize():f}{saved}"


def _sum(costs: list[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if costs and len(known) == len(costs) else None
