"""What a panel of jobs knows: the jobs of each source as they were told last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

Verb = Literal["cancel", "read", "resume"]
"""What can be done about a job."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `done`, `failed` and `total` count its parts, None where nobody says; `began` is in seconds since 1970.

    `cost` is in US dollars, None where it is not known; `pending` says when it will be ("": the job's end tells it, or nobody
    does). `can` is what can be done about it (None: it is cancelled while under way, and read afterwards), `note` a line
    about it, such as why something cannot. `result` says what was read of it, `doing` what is being done about it
    now ("": nothing).
    """

    id: str
    status: str
    ended: bool
    model: str = ""
    done: int | None = None
    failed: int | None = None
    total: int | None = None
    began: float | None = None
    error: str = ""
    result: str = ""
    doing: str = ""
    cost: Decimal | None = None
    pending: str = ""
    can: tuple[Verb, ...] | None = None
    note: str = ""

    @property
    def verbs(self) -> tuple[Verb, ...]:
        """What can be done about it."""
        return (("read",) if self.ended else ("cancel",)) if self.can is None else self.can


@dataclass(frozen=True, slots=True)
class Costs:
    """What jobs cost together: US dollars as far as they are `known`, of how many nobody knows, and of how many not yet.

    >>> costs_of([Job("a", "completed", True, cost=Decimal("0.5")), Job("b", "completed", True), Job("c", "in progress", False)])
    Costs(known=Decimal('0.5'), priced=1, unknown=1, later=1)
    """

    known: Decimal
    priced: int
    unknown: int
    later: int


def costs_of(jobs: Iterable[Job]) -> Costs:
    """What `jobs` cost together."""
    jobs = list(jobs)
    known = [job.cost for job in jobs if job.cost is not None]
    later = sum(job.cost is None and (bool(job.pending) or not job.ended) for job in jobs)
    return Costs(sum(known, Decimal(0)), len(known), len(jobs) - len(known) - later, later)


@dataclass(frozen=True, slots=True)
class Told:
    """What one source has told: its `jobs` in the order in which they began, and the `trouble` it had ("" for none).

    `looked` says whether it has ever told its jobs: one that could not be asked may have some.
    """

    kind: str
    jobs: Mapping[str, Job] = field(default_factory=dict[str, Job])
    trouble: str = ""
    looked: bool = False

    @property
    def busy(self) -> bool:
        """Whether a job is under way."""
        return not all(job.ended for job in self.jobs.values())

    def with_job(self, key: str, **fields: object) -> Told:
        """With `fields` of the job `key`; one that is there no more stays away."""
        job = self.jobs.get(key)
        return self if job is None else replace(self, jobs={**self.jobs, key: replace(job, **fields)})  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True)
class JobsState:
    """The sources by their names, and the seconds between two looks (0: only when asked). `look` numbers the last one."""

    sources: Mapping[str, Told]
    every: float = 30.0
    looking: bool = False
    look: int = 0

    @property
    def all_ended(self) -> bool:
        """Whether nothing more will come of any job. A source that has told nothing yet may have some."""
        return all(told.looked and not told.busy for told in self.sources.values())
