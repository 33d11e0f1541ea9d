"""What an editor of training data holds. The dataset itself is not here: it changes in place, and pages see windows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.likeness.results import Leak

REDACTED = {"secrets": "secrets", "personal_data": "personal"}
"""Rules whose finds are taken out of the texts by placeholders, and what `redact` calls them."""

# Compared by identity: `view` keeps what it made of each of them, and an example in it may have no hash.


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Sheet:
    """The rows: `count` examples are there, `shown` of them fit the search.

    `shape` changes when rows move, `fresh` when they stay where they are and say something else.
    """

    count: int
    shown: int
    shape: int = 0
    fresh: int = 0
    seek: str = ""
    where: str = ""
    busy: bool = False
    told: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether only some examples are shown."""
        return bool(self.seek or self.where)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Opened:
    """The example that is read and edited. `key` is another one when another example is opened; `row` is -1 for none."""

    key: str
    place: int
    row: int
    example: RactoTrainingExample
    found: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class RuleCount:
    """What one rule found: how often, the first places, and a finding of it."""

    first: Finding
    count: int
    fixable: int
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Checks:
    """What the checks for `provider` say. `state` is "never", "running", "done", or "edited" after a change since then."""

    provider: str
    state: str = "never"
    summary: str = ""
    rules: tuple[RuleCount, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Lengths:
    """How many tokens examples have: `edges` are one more than `counts`."""

    edges: tuple[int, ...]
    counts: tuple[int, ...]
    line: str
    limit: int | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Both:
    """A validation example beside the training example that gives it away."""

    leak: Leak
    train: RactoTrainingExample
    validation: RactoTrainingExample


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Leaking:
    """What of the `validation` examples (their number; None: there are none) is in the training data.

    `state` is "never", "running", "done", or "edited" after a change of the data since then: leaks of what was changed are gone.
    """

    validation: int | None = None
    state: str = "never"
    leaks: Sequence[Leak] = ()
    both: Both | None = None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Log:
    """The last edits, newest first, as (when, who, what, why, +n -m); what undo and redo would do; a comparison in words."""

    edits: tuple[tuple[str, ...], ...] = ()
    count: int = 0
    undo: str = ""
    redo: str = ""
    diff: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Saving:
    """Where the data is kept: its file, the file of edits beside it, how many edits are in that alone, and what was restored."""

    path: str = ""
    beside: str = ""
    unsaved: int = 0
    exists: bool = False
    notice: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class DatasetState:
    """`who` and `why` sign the edits that are made from now on."""

    sheet: Sheet
    checks: Checks
    opened: Opened | None = None
    lengths: Lengths | None = None
    leaking: Leaking = field(default_factory=Leaking)
    log: Log = field(default_factory=Log)
    saving: Saving = field(default_factory=Saving)
    who: str = ""
    why: str = ""
    title: str = "Dataset"
    first: tuple[RactoTrainingExample, ...] = ()
    """The first examples, for who has no kernel."""
