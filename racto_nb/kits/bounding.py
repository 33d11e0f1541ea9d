"""What budgets and limiters let through: the most that a request may cost is set aside before it goes out. Flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from racto_nb.budgets.budget import Budget, Reservation, reserve_all
from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import BudgetExceededError, ReplayFileError, UnpricedModelError
from racto_nb.flow.effects import Flow, call, send
from racto_nb.flow.threads import ThreadedPort
from racto_nb.kits.calling import Calling
from racto_nb.kits.sharing import Share
from racto_nb.limiting.limiter import Reservation as Lease
from racto_nb.models.usage import Spent
from racto_nb.providers.failures import Dropped, HttpFailure, OutOfTime, Unreadable
from racto_nb.providers.wire import ModelSpec

T = TypeVar("T")


class EstimatesPort(ThreadedPort[Callable[[], Estimate], Estimate]):
    """Makes estimates beside an event loop: the first loads the prices, and each looks whether the user's catalogue changed."""

    def perform(self, request: Callable[[], Estimate]) -> Estimate:
        """The estimate."""
        return request()


ESTIMATES = EstimatesPort("estimates")


class Bounds:
    """The budgets and the share that one request must fit, and what they have set aside for it. Without any it does nothing.

    A budget is told at once what was used; a limiter may be on a server, and is told by `tell`, where the flow can wait. Who
    leaves in the middle tells it nothing, so that what was set aside stays counted.
    """

    __slots__ = ("_budgets", "_claim", "_count", "_estimate", "_held", "_lease", "_share", "_spec", "_used")

    def __init__(  # noqa: PLR0917  (all or none of them)
        self,
        budgets: Sequence[Budget] = (),
        spec: ModelSpec | None = None,
        estimate: Callable[[], Estimate] | None = None,
        count: Callable[[], Flow[int | None]] | None = None,
        claim: Callable[[], bool] | None = None,
        share: Share | None = None,
    ) -> None:
        self._budgets = budgets
        self._share = share
        self._lease: Lease | None = None
        self._used: int | None = None
        self._spec = spec
        self._estimate = estimate
        self._count = count
        self._claim = claim
        self._held: list[Reservation] = []

    def take(self) -> Flow[None]:
        """Set the most that the request may cost aside. Raises BudgetExceededError or RateLimitExceededError.

        Where only a smaller count would fit a budget, the provider is asked to count, if it does.
        """
        if not (self._budgets or self._share) or self._estimate is None or self._spec is None:
            return
        if self._claim is not None and (yield from call(self._claim)):
            return  # what a recording knows costs nothing
        estimate = yield from send(ESTIMATES, self._estimate)
        if self._budgets:
            yield from self._reserve(estimate)
        if self._share is not None:
            try:
                self._lease = yield from self._share.taken(estimate)
            except BaseException:
                self.release()
                raise

    def _reserve(self, estimate: Estimate) -> Flow[None]:
        try:
            self._held = reserve_all(self._budgets, estimate)
        except BudgetExceededError as error:
            if self._count is None or not _might_fit(self._budgets, estimate):
                raise
            count = yield from self._count()
            if count is None:
                raise error from None
            self._held = reserve_all(self._budgets, estimate.counted(count))

    def settle(self, spent: Spent) -> None:
        """Charge what the request used."""
        self._used = 0 if spent.origin != "fresh" else spent.usage.get("total_tokens")
        for reservation in self._held:
            reservation.settle(spent)

    def keep(self) -> None:
        """Charge what was set aside: nobody has told what the request used."""
        self._used = None
        for reservation in self._held:
            reservation.keep()

    def release(self) -> None:
        """Give back what was set aside: the request was not charged."""
        self._used = 0
        for reservation in self._held:
            reservation.release()

    def tell(self) -> Flow[None]:
        """Tell the limiter what is known by now of what the request used."""
        lease, self._lease = self._lease, None
        if lease is not None and self._used is not None:
            yield from lease.settling(self._used)


def bounds_of(
    calling: Calling,
    spec: ModelSpec,
    estimate: Callable[[], Estimate],
    count: Callable[[], Flow[int | None]],
    claim: Callable[[], bool],
) -> Bounds:
    """The bounds of one request: the budgets of its kit and of the blocks that the call was made in, and the kit's share.

    Where `claim` tells that a recording has its reply, it is not bound.
    """
    own = calling.settings.budget
    budgets = calling.around.budgets if own is None else (own, *calling.around.budgets)
    tape, share = calling.around.tape, calling.settings.share
    if not (budgets or share) or (tape is not None and not tape.asks):  # what is replayed costs nothing
        return Bounds()
    return Bounds(tuple(dict.fromkeys(budgets)), spec, estimate, count, None if tape is None else claim, share)


def bounded(bounds: Bounds, operation: Callable[[], Flow[T]]) -> Flow[T]:
    """`operation` within its bounds. What the provider has refused, or never got, costs nothing."""
    yield from bounds.take()
    try:
        return (yield from operation())
    except Exception as error:
        if may_be_charged(error):
            bounds.keep()
        else:
            bounds.release()
        yield from bounds.tell()
        raise
    except BaseException:  # the caller leaves, and nobody knows what the provider does now
        bounds.keep()
        raise


def uncounted() -> Flow[None]:
    """The count of what no provider counts."""
    return
    yield


def may_be_charged(error: Exception) -> bool:
    """Whether the provider may have worked for a request that failed so."""
    match error:
        case OutOfTime(sent=sent) | Dropped(sent=sent):
            return sent
        case Unreadable():
            return True
        case ReplayFileError(answered=answered):
            return answered
        case _:
            return isinstance(error, ConnectionError | TimeoutError) and not isinstance(error, HttpFailure)


def _might_fit(budgets: Sequence[Budget], estimate: Estimate) -> bool:
    """Whether the request would fit if it had as few tokens as it can have."""
    try:
        held = reserve_all(budgets, estimate.with_least_input())
    except UnpricedModelError:
        return False
    except BudgetExceededError:
        return False
    for reservation in held:
        reservation.release()
    return True
