"""What a prompt builder holds: the draft, its versions, and what models answered to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from racto_nb.budgets.estimates import Estimate
from racto_nb.notebook.controllers.prompt.drafts import Draft, missing, prompt_of, sketched
from racto_nb.notebook.display.thinking import Thought
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.linting import LintHint
from racto_nb.prompts.reviewing import review

WRITING, DONE, STOPPED, FAILED = "writing", "done", "stopped", "failed"


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Version:
    """A draft that was kept: by hand with a `note`, or since it was tried."""

    key: str
    draft: Draft
    note: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Run:
    """One model's answer; `removed` names the part that its prompt lacked, and `base` the answer that it is compared with.

    `read` and `written` are tokens, None where nobody counted; `cost` is US dollars, None when unknown.
    """

    key: str
    model: str
    removed: str = ""
    base: str = ""
    state: str = WRITING
    text: str = ""
    footer: str = ""
    warning: str = ""
    code: str = ""
    thought: Thought | None = None
    read: int | None = None
    written: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A question that was tried on the prompt of the version `version`, with all answers to it."""

    key: str
    question: str
    version: str
    prompt: RactoPrompt
    runs: tuple[Run, ...]

    def run(self, key: str) -> Run | None:
        """The answer `key`."""
        return next((run for run in self.runs if run.key == key), None)

    def with_run(self, run: Run) -> Trial:
        """With `run` in the place of the one with its key."""
        return replace(self, runs=tuple(run if each.key == run.key else each for each in self.runs))


@dataclass(frozen=True, slots=True)
class PromptState:
    """`models` can be tried and `picked` are tried next; `classes` are the Pydantic classes of the notebook.

    `against` is the version that the draft is compared with, "" for the latest that differs. `opened` is the trial that is read.
    `prices` holds the estimate of each model, or why there is none.
    """

    models: tuple[str, ...] = ()
    picked: tuple[str, ...] = ()
    draft: Draft = field(default_factory=Draft)
    classes: Mapping[str, type[BaseModel]] = field(default_factory=dict[str, type[BaseModel]])
    question: str = ""
    prices: Mapping[str, Estimate | str] = field(default_factory=dict[str, "Estimate | str"])
    versions: tuple[Version, ...] = ()
    against: str = ""
    trials: tuple[Trial, ...] = ()
    opened: str = ""
    count: int = 0
    tab: str = "try"
    """What is looked at below the form: `try`, `versions` or `python`. What is not looked at is not made."""

    @property
    def trial(self) -> Trial | None:
        """The trial that is read."""
        return next((trial for trial in self.trials if trial.key == self.opened), None)

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        return any(run.state == WRITING for trial in self.trials for run in trial.runs)

    @property
    def compared(self) -> Version | None:
        """The version that the draft is compared with."""
        found = next((version for version in self.versions if version.key == self.against), None)
        other = [version for version in self.versions if version.draft.says != self.draft.says]
        return found or next(reversed(other), None)

    @property
    def missing(self) -> list[LintHint]:
        """What keeps the draft from being a prompt."""
        return missing(self.draft, self.classes)

    @property
    def hints(self) -> list[LintHint]:
        """What will probably not work as meant."""
        return review(sketched(self.draft, self.classes))

    @property
    def prompt(self) -> RactoPrompt:
        """The draft as a prompt; it must miss nothing."""
        return prompt_of(self.draft, self.classes)

    def holder(self, run: str) -> Trial | None:
        """The trial with the answer `run`."""
        return next((trial for trial in self.trials if trial.run(run) is not None), None)

    def with_trial(self, trial: Trial) -> PromptState:
        """With `trial` in the place of the one with its key."""
        return replace(self, trials=tuple(trial if each.key == trial.key else each for each in self.trials))
