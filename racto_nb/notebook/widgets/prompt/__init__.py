"""A prompt builder: a form beside the compiled prompt, with hints, prices, trials on several kits, versions and ablation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import traitlets

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.notebook.controllers.controller import Controller
from racto_nb.notebook.controllers.prompt.coding import python_of
from racto_nb.notebook.controllers.prompt.drafts import Draft, draft_of
from racto_nb.notebook.controllers.prompt.events import (
    HEARD,
    Ablate,
    Add,
    Ask,
    Compare,
    Forget,
    Halt,
    Keep,
    Loaded,
    Measure,
    Part,
    Pick,
    Price,
    Put,
    Restore,
    Search,
    Seen,
    Stop,
    Try,
)
from racto_nb.notebook.controllers.prompt.runs import Figures, changes
from racto_nb.notebook.controllers.prompt.state import PromptState
from racto_nb.notebook.controllers.prompt.twins import twin
from racto_nb.notebook.controllers.prompt.update import price_wish, update
from racto_nb.notebook.controllers.prompt.versions import kept, whole
from racto_nb.notebook.controllers.prompt.view import compiled_text, difference, view
from racto_nb.notebook.widgets.bridge import Bridge, part
from racto_nb.notebook.widgets.naming import named
from racto_nb.notebook.widgets.prompt.asking import Asker, answered, let_go, measured, priced
from racto_nb.notebook.widgets.prompt.classes import by_name, classes_here
from racto_nb.notebook.widgets.scripts import script, style

if TYPE_CHECKING:
    from pydantic import BaseModel

    from racto_nb.budgets.estimates import Estimate
    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.notebook.magics.result import RactoResult
    from racto_nb.prompts.engine import RactoPrompt
    from racto_nb.prompts.linting import LintHint

_PRICE = "price"
"""The work that fills `estimates`."""


class PromptBuilder(Bridge[PromptState]):
    """A form for a RactoPrompt. Display it, or work with it from Python; both see the same draft.

    It begins with `prompt`, or empty. `kits` are tried side by side and priced; without one there is a form and no trial.
    `classes` are Pydantic classes that the output may be; None takes those of the notebook. `max_tokens` limits each answer.

    >>> from racto_nb.testing import FakeKit
    >>> builder = PromptBuilder(kits=[FakeKit(["Four."])])
    >>> builder.fill(role="You are a teacher of arithmetic.", aim="Answer the question.", tone="Terse")
    >>> builder.add_constraint("One word.")
    >>> builder.prompt.constraints
    ['One word.']
    >>> builder.try_on("2 + 2?")
    >>> builder.wait().text
    'Four.'
    >>> builder.close()
    """

    _esm = script("prompt")
    _css = style("prompt")
    controller: ClassVar[Controller[PromptState]] = Controller(HEARD, update, view, twin)

    form = part(keyed=True)
    preview = part(keyed=True)
    compiled = part(keyed=True)
    prices = part()
    kept = part(keyed=True)
    trying = part(keyed=True)
    trial = part()
    difference = part()
    code = part(traitlets.Unicode)

    def __init__(
        self,
        prompt: RactoPrompt | None = None,
        *,
        kits: Sequence[DeveloperKit] | DeveloperKit = (),
        classes: Sequence[type[BaseModel]] | None = None,
        max_tokens: int = 4096,
    ) -> None:
        several = list(kits) if isinstance(kits, Sequence) else [kits]
        self._asker = Asker(named(several), max_tokens)
        self._last: range = range(0)  # the numbers of what was asked last
        self._given = None if classes is None else by_name(classes)
        models = tuple(self._asker.kits)
        known = self._classes()
        draft, known = (Draft(), known) if prompt is None else draft_of(prompt, known)
        state = PromptState(models, models, draft=draft, classes=known)
        super().__init__(state if prompt is None else kept(state, "as opened"))
        if models:
            self._perform(price_wish(self._state))

    @property
    def prompt(self) -> RactoPrompt:
        """The draft as a prompt. UsageError, saying all that it misses, where it is none yet."""
        return whole(self._state)

    @property
    def text(self) -> str:
        """What the draft compiles to so far; it need not be complete."""
        return compiled_text(self._state.draft, self._state.classes)

    @property
    def python(self) -> str:
        """The cell that makes the prompt, with the class of its output where the form made one."""
        return python_of(self._state.draft)

    @property
    def hints(self) -> list[LintHint]:
        """What the draft misses, and what will probably not work as meant."""
        return [*self._state.missing, *self._state.hints]

    @property
    def estimates(self) -> dict[str, Estimate | str]:
        """What each model would read and cost, or why nobody knows; worked out a moment after a change."""
        return dict(self._state.prices)

    @property
    def versions(self) -> dict[str, RactoPrompt]:
        """The kept versions that are whole, as prompts by their names: v1, v2, …"""
        states = {each.key: replace(self._state, draft=each.draft) for each in self._state.versions}
        return {key: whole(state) for key, state in states.items() if not state.missing}

    @property
    def question(self) -> str:
        """What the prompt is tried on."""
        return self._state.question

    @property
    def results(self) -> dict[str, RactoResult]:
        """The answers of the trials that are kept, by their keys, in the order in which they ended."""
        return dict(self._asker.results)

    @property
    def answers(self) -> dict[str, RactoResult]:
        """The answers of the trial that is read, by model; those without a part as "model without part"."""
        runs = () if self._state.trial is None else self._state.trial.runs
        found = {f"{run.model} without {run.removed}" if run.removed else run.model: run.key for run in runs}
        return {name: self._asker.results[key] for name, key in found.items() if key in self._asker.results}

    @property
    def changes(self) -> list[Figures]:
        """What the trial that is read is without a part, one row each, as a frame takes them: `pd.DataFrame(builder.changes)`.

        `same` is the share of the text that is the same, `read` and `written` are tokens, `cost` is US dollars.
        """
        return [] if self._state.trial is None else changes(self._state.trial)

    @property
    def busy(self) -> bool:
        """Whether an answer is being written."""
        with self._turn:  # so that what has ended is shown already
            return self._state.busy

    def fill(self, *, role: str = "", aim: str = "", tone: str = "", context: str = "") -> None:
        """Write into the form; what is empty stays as it is."""
        for name, text in {"role": role, "aim": aim, "tone": tone, "context": context}.items():
            if text:
                self.tell(Put(name, text))  # pyright: ignore[reportArgumentType]

    def add_constraint(self, text: str) -> None:
        """One more constraint."""
        self.tell(Add("constraints", text))

    def load(self, prompt: RactoPrompt) -> None:
        """Go on from another prompt. What the form held is among the versions."""
        self.tell(Keep())
        self.tell(Loaded(*draft_of(prompt, self._classes())))

    def keep(self, note: str = "") -> str:
        """Keep the draft as a version; its name."""
        self.tell(Keep(note))
        return next(each.key for each in reversed(self._state.versions) if each.draft.says == self._state.draft.says)

    def restore(self, version: str) -> None:
        """Go on from a version. The draft is kept as one first."""
        self.tell(Restore(version))

    def diff(self, version: str = "") -> str:
        """The lines that the draft has more (+) and less (-) than `version`, or than the latest one that differs."""
        self.tell(Compare(version))
        signs = {"gone": "- ", "new": "+ ", "same": "  ", "left out": "… "}
        return "\n".join(signs[kind] + line for kind, line in difference(self._state).get("pieces", ()))

    def try_on(self, question: str, *models: str) -> None:
        """Ask the picked models, or these; answers arrive on the page and, after `wait()`, in `answers`.

        Raises UsageError for a model that there is not.
        """
        known = self._state.models
        for model in models:
            if model not in known:
                raise UsageError(f"There is no model {model!r} here.{did_you_mean(model, known)}")
        for model in known if models else ():
            self.tell(Pick(model, model in models))
        self.tell(Try(question))

    def ablate(self, without: Part | None = None, *, model: str = "") -> None:
        """Ask the last trial again without one part, or each of the five; they are compared with the answer to the whole."""
        runs = () if self._state.trial is None else self._state.trial.runs
        base = next((run.key for run in runs if not run.removed and model in {"", run.model}), "none")
        self.tell(Ablate(base, without or "all"))

    def stop(self) -> None:
        """Stop all answers that are being written; what had arrived is kept."""
        self.tell(Stop())

    def wait(self, timeout: float | None = None) -> RactoResult:
        """Wait until no answer is being written and `estimates` are known; of the answers asked for last, the one that came last.

        TimeoutError after `timeout` seconds; the answers go on. UsageError where no answer has come, saying why.
        """
        self._await_quiet(
            lambda: self.busy or _PRICE in self._working,
            timeout,
            late=f"The answers were not whole after {timeout} s. They are still being written.",
        )
        with self._turn:
            asked = [f"r{number}" for number in self._last]
            runs = [run for trial in self._state.trials for run in trial.runs if run.key in asked]
            came = [result for key, result in self._asker.results.items() if key in asked]
        if not runs:
            raise UsageError("Nothing was tried here yet. Write builder.try_on('a question').")
        if not came:
            raise UsageError(f"No answer has come: {runs[-1].warning or 'the builder was closed before'}")
        return came[-1]

    def tell(self, event: object) -> None:
        """Tell the controller what has happened. Raises what it refuses."""
        with self._turn:
            before = self._state.count
            super().tell(event)
            if isinstance(event, Try | Ablate):
                self._last = range(before, self._state.count)

    def hold(self, key: str, result: RactoResult) -> None:
        """Keep the result of the answer `key`, unless its trial was let go meanwhile."""
        with self._turn:
            if self._state.holder(key) is not None:
                self._asker.results[key] = result

    def _classes(self) -> dict[str, type[BaseModel]]:
        return classes_here() if self._given is None else self._given

    def _perform(self, wish: object) -> None:
        match wish:
            case Price() if self._asker.kits:
                self._begin(_PRICE, lambda: priced(self, self._asker, wish))
            case Price():
                pass
            case Measure():
                self._begin(f"count {wish.model}", lambda: measured(self, self._asker, wish))
            case Ask():
                self._begin(wish.key, lambda: answered(self, self._asker, wish))
            case Halt():
                self._stop(wish.key)
                self._begin(f"stopped {wish.key}", lambda: let_go(self, wish.key))
            case Forget():
                self._asker.forget(wish.keys)
            case Search():
                self.tell(Seen(self._held() | self._classes()))
            case _:
                super()._perform(wish)

    def _held(self) -> dict[str, type[BaseModel]]:
        """The class of the draft's output, which the notebook need not hold under a name."""
        name = self._state.draft.output.removeprefix("class:")
        return {name: self._state.classes[name]} if name in self._state.classes else {}
