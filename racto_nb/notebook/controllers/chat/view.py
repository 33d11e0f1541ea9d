"""What a page is sent of a chat, and what is saved of it. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.notebook.controllers.chat.state import WRITING, Answer, ChatState, Exchange
from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.display.bundling import Drawn, Pane
from racto_nb.notebook.display.sanitising import printable, safe_html, safe_text
from racto_nb.notebook.display.steps import steps_html
from racto_nb.notebook.display.theme import RETRIEVAL, framed
from racto_nb.notebook.display.thinking import folded


def view(state: ChatState) -> dict[str, Any]:
    """The parts: `path` names the exchanges that are read, `exchanges` holds them."""
    path = list(state.path())
    return {
        "path": [exchange.key for exchange in path],
        "exchanges": {exchange.key: _exchange(exchange, _siblings(state, exchange)) for exchange in path},
        "asking": {
            "models": list(state.models),
            "picked": list(state.picked),
            "busy": state.busy,
            "files": [{"label": file.name or file.mime_type, "size": len(file.data)} for file in state.files],
            "waiting": [{"key": asked.key, "answer": asked.answer, "line": printable(asked.line)} for asked in state.waiting],
            "title": state.title,
        },
        "exported": printable(state.exported),
        "status": _status(state),
    }


def _siblings(state: ChatState, exchange: Exchange) -> tuple[str, ...]:
    return tuple(each.key for each in state.after(exchange.parent))


@once
def _exchange(exchange: Exchange, siblings: tuple[str, ...]) -> dict[str, Any]:
    """One exchange. Made once, since all that are read are looked at again with each event."""
    return {
        "key": exchange.key,
        "question": printable(exchange.question),
        "html": safe_html(exchange.question),
        "files": [file.name or file.mime_type for file in exchange.files],
        "siblings": list(siblings),
        "chosen": exchange.chosen,
        "answers": [_answer(answer) for answer in exchange.answers],
    }


@once
def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "key": answer.key,
        "model": answer.model,
        "state": answer.state,
        "above": steps_html(answer.steps) + ("" if answer.thought is None else folded(answer.thought)),
        "html": "" if answer.state == WRITING else answer.body or safe_html(answer.text),
        "text": "" if answer.state == WRITING else printable(answer.text),
        "footer": printable(answer.footer),
        "warning": printable(answer.warning),
        "origin": answer.origin,
    }


def _status(state: ChatState) -> str:
    if state.waiting:
        return "A tool waits for your yes or no."
    if state.busy:
        return "Writing …"
    last = next(reversed(list(state.path())), None)
    answer = None if last is None else last.answer(last.chosen)
    return "" if answer is None else f"The answer of {answer.model} is {answer.state}."


def twin(state: ChatState) -> dict[str, str]:
    """The conversation that is read, as it stands in a saved notebook."""
    path = list(state.path())
    if not path:
        empty = f"{state.title} · {', '.join(state.models)} · nothing was asked"
        return {"text/html": framed(f'<div class="racto-foot">{safe_text(empty)}</div>'), "text/plain": empty}
    parts = [_twin_of(exchange) for exchange in path]
    html = "".join(part["text/html"] for part in parts)
    return {"text/html": RETRIEVAL + framed(html), "text/plain": "\n\n".join(part["text/plain"] for part in parts)}


def _twin_of(exchange: Exchange) -> dict[str, str]:
    files = f" (with {', '.join(file.name or file.mime_type for file in exchange.files)})" if exchange.files else ""
    answers = [answer for answer in exchange.answers if answer.key == exchange.chosen] or list(exchange.answers[:1])
    panes = [(answer, _pane(answer)) for answer in answers]
    html = "".join(pane.html for _, pane in panes)
    asked = f'<div class="racto-name">{safe_html(exchange.question)}{safe_text(files)}</div>'
    plain = "\n".join(pane.plain for _, pane in panes)
    return {"text/html": asked + html, "text/plain": f"> {printable(exchange.question)}{printable(files)}\n\n{plain}"}


def _pane(answer: Answer) -> Pane:
    return Pane(
        text=answer.text,
        footer=answer.footer or answer.model,
        warning=answer.warning or ("still being written" if answer.state == WRITING else ""),
        steps=answer.steps,
        thought=answer.thought,
        drawn=Drawn(answer.body, answer.text) if answer.body else None,
    )
