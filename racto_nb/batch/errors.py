"""What can go wrong with a job as a whole. What goes wrong with an item is in its result."""

from __future__ import annotations

from racto_nb.exceptions import RactoGatewayError, RactoGatewayTimeoutError


class BatchError(RactoGatewayError, RuntimeError):
    """A job cannot be handed in, read or found as it is. Also a RuntimeError. `job_id` names it."""

    def __init__(self, message: str, *, job_id: str = "") -> None:
        super().__init__(message)
        self.job_id = job_id


class BatchUndecidedError(BatchError):
    """Whether a job was accepted before its program died is known only when another one has ended. Nothing was sent again."""


class BatchTimeoutError(RactoGatewayTimeoutError, TimeoutError):
    """A job had not ended after `max_wait_s` seconds. It goes on; `job_id` names it. Also a TimeoutError."""

    def __init__(self, message: str, *, job_id: str = "") -> None:
        super().__init__(message)
        self.job_id = job_id


def naming(error: RactoGatewayError, job_id: str) -> RactoGatewayError:
    """`error`, which also says how to come back to the job."""
    message = f"{error} The job {job_id!r} is not lost: resume({job_id!r}) goes on with it."
    error.args = (message, *error.args[1:])
    error.__dict__["job_id"] = job_id
    return error
