"""What a page is sent of a prompt builder. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from racto_nb.budgets.estimates import Estimate
from racto_nb.models.usage import estimated_tokens
from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.controllers.prompt.coding import python_of
from racto_nb.notebook.controllers.prompt.comparing import LEFT_OUT, SAME, by_lines, folded
from racto_nb.notebook.controllers.prompt.drafts import CLASS, TEXTS, Draft, sketched
from racto_nb.notebook.controllers.prompt.fields import COLUMNS, KINDS, Row
from racto_nb.notebook.controllers.prompt.runs import trial_parts
from racto_nb.notebook.controllers.prompt.state import PromptState, Version
from racto_nb.notebook.display.footer import price
from racto_nb.notebook.display.sanitising import printable
from racto_nb.prompts.compiling import compiled, sections


def view(state: PromptState) -> dict[str, Any]:
    """The parts: the form, what the draft compiles to with its hints, prices, versions, trials, and the Python that makes it.

    With each letter that is typed they are looked at, and of those that are keyed only what has changed travels: the form and the
    preview by their sections. The difference to a version, and the Python, are made while somebody looks at them.
    """
    found = _reviewed(state.draft, tuple(state.classes.items()))
    return {
        "form": _form(state.draft, tuple(state.classes)),
        "preview": found["preview"] | {"hints": [*_hints(state), *found["hints"]], "missing": len(state.missing)},
        "compiled": found["compiled"],
        "prices": {"question": bool(state.question.strip()), "rows": [_priced(name, state) for name in state.models]},
        "kept": {version.key: _version(version, state) for version in state.versions},
        "trying": {
            "tab": state.tab,
            "models": list(state.models),
            "picked": list(state.picked),
            "question": printable(state.question),
            "busy": state.busy,
            "trials": [
                {"key": trial.key, "label": f"{trial.version}: {printable(trial.question[:80])}"} for trial in state.trials
            ],
            "opened": state.opened,
        },
        "trial": trial_parts(state.trial) if state.trial is not None else {},
        "difference": difference(state) if state.tab == "versions" else {},
        "code": _code(state.draft) if state.tab == "python" else "",
        "status": _status(state),
    }


@once
def _form(draft: Draft, classes: tuple[str, ...]) -> dict[str, Any]:
    texts = {name: printable(getattr(draft, name)) for name in TEXTS}
    lists = {where: [_row(row, where) for row in draft.rows(where)] for where in COLUMNS}
    gone = draft.output.startswith(CLASS) and draft.output.removeprefix(CLASS) not in classes
    names = [*classes, *([draft.output.removeprefix(CLASS)] if gone else [])]
    return {
        **texts,
        **lists,
        "output": draft.output,
        "guardrails": draft.guardrails,
        "kinds": list(KINDS),
        "classes": [{"value": f"{CLASS}{name}", "label": name} for name in names],
    }


def _row(row: Row, where: str) -> dict[str, str]:
    return {"key": row.key, **{column: printable(row[column]) for column in COLUMNS[where]}}


def _hints(state: PromptState) -> list[dict[str, Any]]:
    return [{"section": hint.section, "text": printable(hint.message), "grave": True} for hint in state.missing]


@once
def _reviewed(draft: Draft, classes: tuple[tuple[str, type[BaseModel]], ...]) -> dict[str, Any]:
    """The sections and the hints, made once for a draft: both read all of it."""
    state = PromptState(draft=draft, classes=dict(classes))
    bodies = sections(sketched(draft, state.classes))
    grave = {hint.section for hint in state.missing}
    hints = [hint for hint in state.hints if hint.section not in grave or hint.section in {"CONSTRAINTS", "EXAMPLES"}]
    compiled_ = {name: {"text": printable(body), "tokens": estimated_tokens(body)} for name, body in bodies}
    return {
        "compiled": compiled_,
        "preview": {"order": list(compiled_), "tokens": sum(estimated_tokens(body) for _, body in bodies)},
        "hints": [{"section": hint.section, "text": printable(hint.message), "grave": False} for hint in hints],
    }


def compiled_text(draft: Draft, classes: Mapping[str, type[BaseModel]]) -> str:
    """What `draft` compiles to so far."""
    return compiled(sketched(draft, classes))


def _priced(model: str, state: PromptState) -> dict[str, Any]:
    found = state.prices.get(model)
    if not isinstance(found, Estimate):
        return {"model": model, "trouble": printable(found or ""), "read": "", "cost": ""}
    high = "?" if found.input_high is None else f"{found.input_high:,}"
    read = f"{found.input_low:,}" if found.exact else f"{found.input_low:,} to {high}"
    least, most = price(found.price_low), price(found.price_high)
    cost = "free, on this machine" if found.free else least if found.price_low is None else f"{least} to {most}"
    return {"model": model, "trouble": "", "read": read, "cost": cost, "exact": found.exact}


def _version(version: Version, state: PromptState) -> dict[str, Any]:
    now = version.draft is state.draft or version.draft.says == state.draft.says
    return {"key": version.key, "note": printable(version.note), "aim": printable(version.draft.aim[:120]), "now": now}


def difference(state: PromptState) -> dict[str, Any]:
    """What the draft changes in the version that it is compared with."""
    compared = state.compared
    return {} if compared is None else _difference(compared, state.draft, tuple(state.classes.items()))


@once
def _difference(compared: Version, draft: Draft, classes: tuple[tuple[str, type[BaseModel]], ...]) -> dict[str, Any]:
    old, new = (printable(compiled_text(each, dict(classes))) for each in (compared.draft, draft))
    pieces = folded(by_lines(old, new))
    same = all(kind in {SAME, LEFT_OUT} for kind, _ in pieces)
    return {"against": compared.key, "pieces": [list(piece) for piece in pieces], "same": same}


@once
def _code(draft: Draft) -> str:
    return printable(python_of(draft))


def _status(state: PromptState) -> str:
    if state.busy:
        return "Writing …"
    runs = () if state.trial is None else state.trial.runs
    return f"{len(runs)} answers, the last one is {runs[-1].state}." if runs else ""
