"""A prompt is tried on a question, and again without one of its parts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.prompt.ablating import without
from racto_nb.notebook.controllers.prompt.drafts import PARTS
from racto_nb.notebook.controllers.prompt.events import Ablate, Ask, Ended, Forget, Gone, Halt, Try
from racto_nb.notebook.controllers.prompt.state import DONE, STOPPED, WRITING, PromptState, Run, Trial
from racto_nb.notebook.controllers.prompt.versions import kept, whole

Told = tuple[PromptState, Sequence[object]]
MOST_TRIALS = 30
"""Trials that are kept; of more, the oldest are let go."""


def tried(state: PromptState, event: Try) -> Told:
    """A new trial of the picked models. The draft is kept as a version, so that it is known what was tried."""
    if event.question is not None:
        state = replace(state, question=event.question)
    if not state.question.strip():
        raise UsageError("The question is empty. Write what the prompt shall be tried on.")
    if not state.picked:
        none = "No model is picked. Pick at least one." if state.models else "There is no model here: open it with kits=[…]."
        raise UsageError(none)
    prompt = whole(state)
    state = kept(state)
    version = next(each.key for each in reversed(state.versions) if each.draft.says == state.draft.says)
    runs = tuple(Run(f"r{state.count + place}", model) for place, model in enumerate(state.picked))
    trial = Trial(f"t{state.count}", state.question, version, prompt, runs)
    trials = (*state.trials, trial)
    old = [run for trial in trials[:-MOST_TRIALS] for run in trial.runs]
    halts = [Halt(run.key) for run in old if run.state == WRITING]
    forgotten = [Forget(frozenset(run.key for run in old))] if old else []
    state = replace(state, trials=trials[-MOST_TRIALS:], opened=trial.key, count=state.count + len(runs))
    return state, [*halts, *forgotten, *(Ask(run.key, run.model, prompt, state.question) for run in runs)]


def ablated(state: PromptState, event: Ablate) -> Told:
    """Ask the model of a whole answer again, without the part. What was asked so before is asked anew in its place."""
    trial = state.holder(event.key)
    base = None if trial is None else trial.run(event.key)
    if trial is None or base is None or base.removed:
        raise UsageError(f"There is no answer {event.key!r} of the whole prompt.")
    if base.state != DONE:
        raise UsageError("The answer to the whole prompt is not there, so nothing can be compared with it. Try it first.")
    parts = [part for part in (PARTS if event.part == "all" else (event.part,)) if _is_there(trial, part)]
    if not parts:
        raise UsageError(f"The prompt has no {event.part}, so there is nothing to leave out.")
    before = frozenset(run.key for run in trial.runs if run.base == base.key and run.removed in parts)
    runs = [Run(f"r{state.count + place}", base.model, part, base.key) for place, part in enumerate(parts)]
    grown = replace(trial, runs=(*(run for run in trial.runs if run.key not in before), *runs))
    asks = [Ask(run.key, run.model, without(trial.prompt, run.removed), trial.question) for run in runs]
    halts = [Halt(key) for key in sorted(before)]
    forgotten = [Forget(before)] if before else []
    return replace(state.with_trial(grown), count=state.count + len(runs)), [*halts, *forgotten, *asks]


def ended(state: PromptState, event: Ended | Gone) -> PromptState:
    """With what came of an answer. One that nobody reads any more is let go."""
    trial = state.holder(event.key)
    run = None if trial is None else trial.run(event.key)
    if trial is None or run is None:
        return state
    if isinstance(event, Gone):
        return state if run.state != WRITING else state.with_trial(trial.with_run(replace(run, state=STOPPED, warning=STOPPED)))
    fields = {name: getattr(event, name) for name in Ended.__slots__ if name != "key"}
    return state.with_trial(trial.with_run(replace(run, **fields)))


def _is_there(trial: Trial, part: str) -> bool:
    return part in {"role", "aim", "output"} or bool(getattr(trial.prompt, part))
