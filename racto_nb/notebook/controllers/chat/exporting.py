"""A conversation in other forms: Markdown, and cells that go on from one another. Pure."""

from __future__ import annotations

from racto_nb.notebook.controllers.chat.state import ChatState


def as_markdown(state: ChatState) -> str:
    """The conversation that is read: each question as a quotation, each answer below the model's name."""
    parts: list[str] = []
    for exchange in state.path():
        parts.append("\n".join(f"> {line}" for line in exchange.question.splitlines()))
        answer = exchange.answer(exchange.chosen)
        if answer is not None:
            parts += [f"**{answer.model}**", answer.text]
    return "\n\n".join(parts) + "\n" if parts else ""


def as_cells(state: ChatState, *, name: str = "chat") -> list[str]:
    """Each question as a cell of the conversation `name`, asked of the model whose answer is read."""
    cells: list[str] = []
    for exchange in state.path():
        answer = exchange.answer(exchange.chosen)
        model = "" if answer is None else f" --model {answer.model}"
        cells.append(f"%%racto{model} --history {name}\n{_without_braces(exchange.question)}")
    return cells


def _without_braces(text: str) -> str:
    r"""`text` as a cell that says it: `{{` would insert a value there.

    >>> _without_braces("a {{b}}")
    'a \\{{b}}'
    """
    return text.replace("{{", r"\{{")
