"""The port of tracing: what kits and workers know of spans. What makes them is loaded only when it is on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

Value = str | int | float | bool | tuple[str, ...]
"""What an attribute of a span may be."""
Attributes = Mapping[str, Value]
Content = Callable[[], Attributes]
"""Makes the attributes that hold texts of the user or the model; called only where such texts are wanted."""
Kind = Literal["client", "internal", "consumer"]
"""Who is at the other end: a server that is asked, nobody, or who sent a message."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the work of a span failed: the name of the error's class, its HTTP status, and its text for where texts are wanted."""

    kind: str
    status: int | None = None
    text: Callable[[], str] = field(default=str, repr=False)


class Span(Protocol):
    """Some work that is being traced."""

    @property
    def recording(self) -> bool:
        """Whether anybody is told of it; where not, there is no need to find out what to tell."""
        ...

    def entered(self) -> AbstractContextManager[None]:
        """Within the block, on this thread or in this task, spans that begin are children of this one."""
        ...

    def tell(self, attributes: Attributes, content: Content = dict) -> None:
        """Add attributes, and those of `content` where texts are wanted."""
        ...

    def end(self, *, at: float | None = None, failure: Failure | None = None) -> None:
        """The work has ended, `at` a time in seconds since 1970 (None: now)."""
        ...


class Tracer(Protocol):
    """Makes spans. Nothing in it waits or raises."""

    def begin(
        self,
        name: str,
        attributes: Attributes,
        *,
        kind: Kind = "internal",
        at: float | None = None,
        links: Sequence[Mapping[str, str]] = (),
    ) -> Span:
        """A span that begins, `at` a time in seconds since 1970 (None: now), below the one that was entered here.

        It is linked with the spans that the headers in `links` tell of.
        """
        ...

    def headers(self) -> Mapping[str, str]:
        """What tells another process which span was entered here, such as `traceparent`; empty where none was."""
        ...

    def continuing(self, headers: Mapping[str, str]) -> AbstractContextManager[None]:
        """Within the block spans are children of the span that `headers` tell of, where they tell of one."""
        ...
