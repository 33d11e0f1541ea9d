"""What is saved of a prompt builder: the compiled prompt, and the answers of the trial that is read. Pure."""

from __future__ import annotations

from racto_nb.notebook.controllers.prompt.drafts import sketched
from racto_nb.notebook.controllers.prompt.runs import changes, pane_of
from racto_nb.notebook.controllers.prompt.state import PromptState
from racto_nb.notebook.display.bundling import side_by_side
from racto_nb.notebook.display.sanitising import printable, safe_text
from racto_nb.notebook.display.theme import RETRIEVAL, framed
from racto_nb.prompts.compiling import sections


def twin(state: PromptState) -> dict[str, str]:
    """The prompt as it stands in a saved notebook."""
    bodies = sections(sketched(state.draft, state.classes))
    written = "".join(
        f'<div class="racto-hit"><div class="racto-hit-head"><b>{name}</b></div>'
        f'<div class="racto-quote">{safe_text(body)}</div></div>'
        for name, body in bodies
    )
    notes = [hint.message for hint in (*state.missing, *state.hints)]
    foot = " · ".join([_number(len(state.versions), "version"), *([_number(len(notes), "hint")] if notes else []), *state.models])
    html = framed(f'{written}<div class="racto-foot">{safe_text(foot)}</div>')
    text = "\n\n".join([*(f"[{name}]\n{printable(body)}" for name, body in bodies), f"— {printable(foot)}"])
    tried = _tried(state)
    return {"text/html": RETRIEVAL + html + tried["text/html"], "text/plain": f"{text}\n{tried['text/plain']}".rstrip()}


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _tried(state: PromptState) -> dict[str, str]:
    trial = state.trial
    if trial is None:
        return {"text/html": "", "text/plain": ""}
    asked = f"{trial.version} tried on: {trial.question}"
    panes = [pane_of(run) for run in trial.runs if not run.removed]
    shown = side_by_side(panes)
    told = [
        f"{row['model']} without {row['without']}: {row['words']} words, {row['same']:.0%} the same" for row in changes(trial)
    ]
    listed = "".join(f"<li>{safe_text(line)}</li>" for line in told)
    below = framed(f'<ul class="racto-why">{listed}</ul>') if told else ""
    html = framed(f'<div class="racto-name">{safe_text(asked)}</div>') + shown["text/html"] + below
    plain = "\n".join([f"\n> {printable(asked)}\n", shown["text/plain"], *(["", *map(printable, told)] if told else [])])
    return {"text/html": html, "text/plain": plain}
