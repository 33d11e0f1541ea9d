"""A limit of money or tokens that no request may exceed, also where many go out at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from decimal import Decimal, InvalidOperation
from types import TracebackType
from typing import Self

from racto_nb._scoped import Scoped
from racto_nb.budgets.estimates import Estimate
from racto_nb.exceptions import BudgetExceededError, UnpricedModelError, UsageError, WrongTypeError
from racto_nb.models.usage import Spent
from racto_nb.providers.catalog import Catalogue
from racto_nb.providers.pricing import price_of

NOTHING = Decimal(0)
_HERE: Scoped[tuple[Budget, ...]] = Scoped("budgets", ())
_ENTERED: ContextVar[tuple[AbstractContextManager[object], ...]] = ContextVar("racto_nb_budget_blocks", default=())


class Budget:
    """A limit of US dollars, of tokens, or of both, for all requests that are made under it.

    Give it to a kit (`budget=`), or use it as a block: `with Budget(max_usd=0.50):` holds for every kit in it. Blocks within
    blocks all hold. A block holds in its own thread or task and for what racto_nb begins there; threads of yours are outside: for
    them give the budget to the kit, or to `use`.

    Before each request, also those of tool loops and of tries, the most that it may cost is set aside; it goes out only if that
    fits, whatever other threads and tasks do. Where the bound is too large but the true count may fit, the provider is asked to
    count first, if it does. Afterwards what the answer really used takes the place of what was set aside.
    What nobody tells (a stream that was left or broke) stays charged at its bound. Answers that were known already cost nothing.

    `max_usd` may be a Decimal, an int, a float (read as it is written) or a text. Raises UsageError for a limit that is none, and
    WrongTypeError for what is no number. A request that does not fit raises BudgetExceededError; under `max_usd`, a model whose
    price nobody knows raises UnpricedModelError.

    >>> budget = Budget(max_usd=0.50)
    >>> budget.spent_usd, budget.remaining_usd
    (Decimal('0'), Decimal('0.5'))
    """

    def __init__(self, max_usd: Decimal | float | str | None = None, max_tokens: int | None = None) -> None:
        if max_usd is None and max_tokens is None:
            message = "A budget needs a limit: max_usd= in US dollars, or max_tokens= ."
            raise UsageError(message)
        self.max_usd = None if max_usd is None else _dollars_of(max_usd)
        self.max_tokens = _tokens_of(max_tokens)
        self._lock = threading.RLock()  # re-entrant: the garbage collector may close a stream in a thread that holds it
        self._spent_usd, self._spent_tokens = NOTHING, 0
        self._held_usd, self._held_tokens = NOTHING, 0

    @property
    def spent_usd(self) -> Decimal:
        """US dollars that were spent, without what is set aside for requests that are on their way."""
        return self._spent_usd

    @property
    def spent_tokens(self) -> int:
        """Tokens that were spent, read and written, without what is set aside."""
        return self._spent_tokens

    @property
    def remaining_usd(self) -> Decimal | None:
        """US dollars that requests may still cost, with what is set aside taken off; None without such a limit."""
        return None if self.max_usd is None else max(NOTHING, self.max_usd - self._spent_usd - self._held_usd)

    @property
    def remaining_tokens(self) -> int | None:
        """Tokens that requests may still use, with what is set aside taken off; None without such a limit."""
        return None if self.max_tokens is None else max(0, self.max_tokens - self._spent_tokens - self._held_tokens)

    def reserve(self, estimate: Estimate) -> Reservation:
        """Set aside the most that a request may cost. Raises BudgetExceededError or UnpricedModelError, else."""
        usd, tokens = estimate.price_high, estimate.tokens_high
        if self.max_usd is not None and usd is None:
            raise _unpriced(estimate)
        if self.max_tokens is not None and tokens is None:
            raise _uncountable(estimate)
        usd, tokens = usd or NOTHING, tokens or 0
        with self._lock:
            if self.max_usd is not None and self._spent_usd + self._held_usd + usd > self.max_usd:
                raise _too_dear(estimate, self.max_usd, self._spent_usd + self._held_usd, usd)
            if self.max_tokens is not None and self._spent_tokens + self._held_tokens + tokens > self.max_tokens:
                raise _too_long(estimate, self.max_tokens, self._spent_tokens + self._held_tokens, tokens)
            self._held_usd += usd
            self._held_tokens += tokens
        return Reservation(self, usd, tokens, estimate.known)

    def settle(self, reservation: Reservation, usd: Decimal, tokens: int) -> None:
        """Count what a request used in the place of what was set aside for it."""
        with self._lock:
            self._held_usd -= reservation.usd
            self._held_tokens -= reservation.tokens
            self._spent_usd += usd
            self._spent_tokens += tokens

    def __enter__(self) -> Self:
        block = _HERE.block((*_HERE.get(), self))
        block.__enter__()
        _ENTERED.set((*_ENTERED.get(), block))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        *outer, block = _ENTERED.get()
        _ENTERED.set(tuple(outer))
        block.__exit__(None, None, None)

    def __repr__(self) -> str:
        return f"Budget({', '.join(self._parts())})"

    def _parts(self) -> Iterator[str]:
        if self.max_usd is not None:
            yield f"${_plain(self._spent_usd)} of ${_plain(self.max_usd)} spent"
        if self.max_tokens is not None:
            yield f"{self._spent_tokens:,} of {self.max_tokens:,} tokens spent"


class Reservation:
    """What one budget has set aside for one request. It is given back, or charged, once."""

    __slots__ = ("_budget", "_done", "_known", "tokens", "usd")

    def __init__(self, budget: Budget, usd: Decimal, tokens: int, known: Catalogue | None = None) -> None:
        self._budget = budget
        self._known = known
        self.usd = usd
        self.tokens = tokens
        self._done = False

    def settle(self, spent: Spent) -> None:
        """Charge what the request used; where nobody has told, what was set aside."""
        price = price_of(spent, known=self._known)
        if spent.origin != "fresh":
            self._end(NOTHING, 0)
        elif "total_tokens" not in spent.usage:
            self.keep()
        else:
            self._end(self.usd if price is None else price, spent.usage["total_tokens"])

    def charge(self, usd: Decimal | None, tokens: int) -> None:
        """Charge what several requests used together; where nobody knows the price, what was set aside."""
        self._end(self.usd if usd is None else usd, tokens)

    def keep(self) -> None:
        """Charge what was set aside: the request went out, and nobody has told what it used."""
        self._end(self.usd, self.tokens)

    def release(self) -> None:
        """Give it back: nothing was used."""
        self._end(NOTHING, 0)

    def _end(self, usd: Decimal, tokens: int) -> None:
        if not self._done:
            self._done = True
            self._budget.settle(self, usd, tokens)


def reserve_all(budgets: Sequence[Budget], estimate: Estimate) -> list[Reservation]:
    """Set a request's bound aside in all `budgets`, or in none of them."""
    held: list[Reservation] = []
    try:
        for budget in budgets:
            held += [budget.reserve(estimate)]
    except BudgetExceededError:
        for reservation in held:
            reservation.release()
        raise
    return held


def budgets_here() -> tuple[Budget, ...]:
    """The budgets of the blocks that a call is made in, or else of the process."""
    return _HERE.get()


def use(budget: Budget | None) -> None:
    """Let a budget hold for the whole process, outside of blocks; None for none."""
    _HERE.set(() if budget is None else (budget,))


def check_budget(budget: object) -> None:
    """Raise WrongTypeError for what is no Budget."""
    if budget is not None and not isinstance(budget, Budget):
        message = f"budget is a Budget, such as Budget(max_usd=0.50), or None; got {budget!r}."
        raise WrongTypeError(message)


def _dollars_of(amount: Decimal | float | str) -> Decimal:
    if isinstance(amount, bool) or not isinstance(amount, int | float | str | Decimal):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"max_usd is a number of US dollars, such as 0.50; got {amount!r}."
        raise WrongTypeError(message)
    try:
        found = Decimal(str(amount).strip().removeprefix("$"))
    except InvalidOperation:
        message = f"max_usd is a number of US dollars, such as 0.50; got {amount!r}."
        raise UsageError(message) from None
    if not found.is_finite() or found < 0:
        message = f"max_usd is at least 0 US dollars; got {amount!r}."
        raise UsageError(message)
    return found


def _tokens_of(count: int | None) -> int | None:
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"max_tokens is a whole number of tokens; got {count!r}."
        raise WrongTypeError(message)
    if count is not None and count < 0:
        message = f"max_tokens is at least 0; got {count}."
        raise UsageError(message)
    return count


def _too_dear(estimate: Estimate, limit: Decimal, spent: Decimal, needed: Decimal) -> BudgetExceededError:
    left = f"of the budget of ${_plain(limit)} ${_plain(max(NOTHING, limit - spent))} are left"
    message = f"{_named(estimate)} may cost ${_plain(needed)}, and {left}. {_instead(estimate)}"
    return BudgetExceededError(message, limit=limit, spent=spent, needed=needed)


def _too_long(estimate: Estimate, limit: int, spent: int, needed: int) -> BudgetExceededError:
    left = f"of the budget of {limit:,} {max(0, limit - spent):,} are left"
    message = f"{_named(estimate)} may use {needed:,} tokens, and {left}. {_instead(estimate)}"
    return BudgetExceededError(message, limit=limit, spent=spent, needed=needed)


def _instead(estimate: Estimate) -> str:
    """What to do about a request that does not fit."""
    if not estimate.output_most:
        return "Nothing was sent. Ask for less, or raise the budget."
    return (
        f"Nothing was sent. All that may be written counts, thinking included: {estimate.output_most:,} tokens. Lower max_tokens "
        "or thinking_budget, ask a cheaper model, or raise the budget."
    )


def _unpriced(estimate: Estimate) -> UnpricedModelError:
    if estimate.price_low is not None:
        return _uncountable(estimate)
    message = (
        f"Nobody knows what {_named(estimate)} costs, so that no budget in dollars can hold. Nothing was sent. Write its price "
        "in catalog.toml (docs/guides/models.md), or limit tokens: Budget(max_tokens=...)."
    )
    return UnpricedModelError(message)


def _uncountable(estimate: Estimate) -> UnpricedModelError:
    message = (
        f"Nobody knows how many tokens this request to {_named(estimate)} has, since a document is attached and the model's "
        "window is not known. Nothing was sent. Attach its text, or write the window in catalog.toml."
    )
    return UnpricedModelError(message)


def _named(estimate: Estimate) -> str:
    return f"{estimate.provider}:{estimate.model}"


def _plain(amount: Decimal) -> str:
    """US dollars with all their digits, at least two.

    >>> _plain(Decimal("0.5")), _plain(Decimal("0.000012"))
    ('0.50', '0.000012')
    """
    text = f"{amount.normalize():f}"
    whole, _, cents = text.partition(".")
    return f"{whole}.{cents.ljust(2, '0')}"
