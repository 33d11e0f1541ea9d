"""What happens in an explorer: what a page says, and what the widget tells. And what is wished to be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from msgspec import Meta

from racto_nb.notebook.controllers.explorer.state import Asked, Focus
from racto_nb.notebook.controllers.reading import FromPage, Key, Line, Place, Text

MOST_HITS = 200
Method = Literal["pca", "umap"]


class Search(FromPage, frozen=True):
    """Find the passages for `text`, by one way, or `against` another one."""

    text: Line
    k: Annotated[int, Meta(ge=1, le=MOST_HITS)] = 5
    filters: Line = ""
    way: Line = ""
    against: Line = ""


class Answer(FromPage, frozen=True):
    """Answer the question from the hits."""


class Stop(FromPage, frozen=True):
    """Stop the work `key`."""

    key: Key


class Read(FromPage, frozen=True):
    """Open the document `source` at its chunk number `first`."""

    source: Line
    first: Place = 0


class Goto(FromPage, frozen=True):
    """Open the document of a hit, at the hit: the number of its side and its rank."""

    side: Annotated[int, Meta(ge=0, le=1)]
    rank: Annotated[int, Meta(ge=1, le=MOST_HITS)]


class Cite(FromPage, frozen=True):
    """Open the document of a citation, at the span that speaks for it."""

    place: Annotated[int, Meta(ge=0, le=10_000)]


class Why(FromPage, frozen=True):
    """Say why the passage `text` is not among the hits."""

    text: Text


class Ingest(FromPage, frozen=True):
    """Read a file or a folder in; of a folder those files that fit `pattern`."""

    path: Line
    pattern: Line = ""


class Upload(FromPage, frozen=True):
    """Files were dropped: their names, in the order of the buffers that came along."""

    names: Annotated[list[Line], Meta(min_length=1, max_length=50)]


class Query(FromPage, frozen=True):
    """Ask the store's tables in SQL."""

    text: Text


class Rows(FromPage, frozen=True):
    """The page needs rows of a table, from `first` to before `last`."""

    table: Literal["sql", "map"]
    first: Place
    last: Place


class Chart(FromPage, frozen=True):
    """Make a map of the vectors."""

    method: Method = "pca"


class Points(FromPage, frozen=True):
    """A page that was loaded anew needs all points of the map."""


class Lasso(FromPage, frozen=True):
    """Choose the points inside a polygon of at most 1,000 corners: x and y in turn. `more` adds them to those that are chosen."""

    polygon: Annotated[list[float], Meta(min_length=6, max_length=2_000)]
    more: bool = False


class Unchoose(FromPage, frozen=True):
    """Choose no points."""


class Peek(FromPage, frozen=True):
    """Say what the point number `place` is."""

    place: Place


class Spot(FromPage, frozen=True):
    """Open the document of the point number `place`."""

    place: Place


_OF_MAP = Chart | Points | Lasso | Unchoose | Peek | Spot
HEARD = Search | Answer | Stop | Read | Goto | Cite | Why | Ingest | Upload | Query | Rows | _OF_MAP


@dataclass(frozen=True, slots=True)
class Look:
    """A question of Python's, with a filter as a value."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Files came under these plain names; they are to be kept, and read in."""

    names: tuple[str, ...]
    files: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Came:
    """A value that belongs into its field: what the work `key`, begun as `number`, has found; `ended` says that it is done."""

    value: object
    key: str = ""
    number: int = 0
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Over:
    """The work `key` has ended without a value: it failed, or was stopped."""

    key: str
    number: int
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Do:
    """Wish: begin the work `key`, as `number`, for what `event` asks."""

    key: str
    number: int
    event: object


@dataclass(frozen=True, slots=True)
class Bring:
    """Wish: open a document, at `focus` where one is given, else at chunk number `first`."""

    source: str
    first: int = 0
    focus: Focus | None = None


@dataclass(frozen=True, slots=True)
class See:
    """A document is to be opened, as `wish` says."""

    wish: Bring


@dataclass(frozen=True, slots=True)
class Halt:
    """Wish: stop the work `key`."""

    key: str
