"""What a page is sent of the answers to a prompt, and what a prompt without a part has changed in them. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.controllers.prompt.comparing import Piece, by_words, likeness
from racto_nb.notebook.controllers.prompt.drafts import PARTS
from racto_nb.notebook.controllers.prompt.state import DONE, WRITING, Run, Trial
from racto_nb.notebook.display.bundling import Pane
from racto_nb.notebook.display.footer import price
from racto_nb.notebook.display.sanitising import printable


def trial_parts(trial: Trial) -> dict[str, Any]:
    """A trial: the answers to the whole prompt, and below each what other answers there are without a part."""
    whole = [run for run in trial.runs if not run.removed]
    return {
        "key": trial.key,
        "version": trial.version,
        "question": printable(trial.question),
        "runs": [_run(run) | {"without": _without(trial, run)} for run in whole],
    }


@once
def _run(run: Run) -> dict[str, Any]:
    return {
        "key": run.key,
        "model": printable(run.model),
        "state": run.state,
        "html": "" if run.state == WRITING else pane_of(run).html,
        "text": "" if run.state == WRITING else printable(run.text),
        **figures(run),
    }


def pane_of(run: Run) -> Pane:
    """An answer as it is shown when it has ended."""
    warning = run.warning or ("still being written" if run.state == WRITING else "")
    return Pane(run.text, run.footer or run.model, warning, run.code, thought=run.thought, name=run.model)


def figures(run: Run) -> dict[str, Any]:
    """The length and the price of an answer."""
    ended = run.state != WRITING
    return {
        "words": len(run.text.split()) if ended else None,
        "read": run.read,
        "written": run.written,
        "cost": price(run.cost) if ended else "",
    }


def _without(trial: Trial, base: Run) -> list[dict[str, Any]]:
    runs = [run for run in trial.runs if run.base == base.key]
    return [_change(run, base) for run in sorted(runs, key=lambda run: PARTS.index(run.removed))]


@once
def _pieces(run: Run, base: Run) -> tuple[Piece, ...]:
    """What is other in an answer than in the one to the whole prompt. Made once, since long texts take their time."""
    return by_words(base.text, run.text)


@once
def _change(run: Run, base: Run) -> dict[str, Any]:
    """An answer to the prompt without a part, with what is other in it."""
    shown: dict[str, Any] = {
        **_run(run),
        "removed": run.removed,
        "pieces": [],
        "likeness": None,
        "warning": printable(run.warning),
    }
    if run.state != DONE:
        return shown
    pieces = _pieces(run, base)
    cost = run.cost - base.cost if run.cost is not None and base.cost is not None else None
    return shown | {
        "pieces": [[kind, printable(text)] for kind, text in pieces],
        "likeness": round(100 * likeness(pieces)),
        "words_more": len(run.text.split()) - len(base.text.split()),
        "cost_more": "" if cost is None else "same" if not cost else f"{'+' if cost > 0 else '-'}{price(abs(cost))}",
    }


Figures = dict[str, str | int | float | None]


def changes(trial: Trial) -> list[Figures]:
    """What each answer without a part has other than the one to the whole prompt: a row each, with the whole one first."""
    rows: list[Figures] = []
    for base in (run for run in trial.runs if not run.removed):
        without = [run for run in trial.runs if run.base == base.key and run.state == DONE]
        ordered = sorted(without, key=lambda run: PARTS.index(run.removed))
        rows += [_figures_beside(base, run) for run in ((base, *ordered) if ordered else ())]
    return rows


def _figures_beside(base: Run, run: Run) -> Figures:
    return {
        "model": run.model,
        "without": run.removed or "nothing",
        "same": 1.0 if run is base else round(likeness(_pieces(run, base)), 2),
        "words": len(run.text.split()),
        "read": run.read,
        "written": run.written,
        "cost": run.cost,
    }
