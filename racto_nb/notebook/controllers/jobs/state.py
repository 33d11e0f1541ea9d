"""What a panel of jobs knows: the jobs of each source as they were told last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `done`, `failed` and `total` count its parts, None where nobody says; `began` is in seconds since 1970.

    `result` says what was read of it, `doing` what is being done about it at this moment ("" for nothing).
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


@dataclass(frozen=True, slots=True)
class Told:
    """What one source has told: its `jobs` in the order in which they began, the `trouble` it had ("" for none)."""

    kind: str
    jobs: Mapping[str, Job] = field(default_factory=dict[str, Job])
    trouble: str = ""
    looked: bool = False

    def with_job(self, key: str, **fields: object) -> Told:
        """With `fields` of the job `key`; one that is there no more stays away."""
        job = self.jobs.get(key)
        return self if job is None else replace(self, jobs={**self.jobs, key: replace(job, **fields)})  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True)
class JobsState:
    """The sources by their names, and the seconds between two looks (0: only when asked)."""

    sources: Mapping[str, Told]
    every: float = 30.0
    looking: bool = False

    @property
    def all_ended(self) -> bool:
        """Whether nothing more will come of any job. A source that nobody has looked at may have some."""
        return all(told.looked and all(job.ended for job in told.jobs.values()) for told in self.sources.values())
