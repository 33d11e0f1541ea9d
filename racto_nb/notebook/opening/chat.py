"""`%racto chat`: a conversation beside the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb.notebook.magics.option_table import Row
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.magics.retrievers import held_retriever
from racto_nb.notebook.magics.tooling import tools_of
from racto_nb.notebook.opening.reading import leading, prompt_in
from racto_nb.notebook.opening.showing import opened, refuse_taken

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics

CHAT_TABLE: tuple[Row, ...] = (
    (("-p", "--prompt"), {"metavar": "NAME", "help": "the system prompt: a RactoPrompt of this notebook"}),
    (
        ("--tools",),
        {
            "metavar": "NAME",
            "action": "append",
            "default": [],
            "help": "let the models call tools: a ToolRegistry or a function of this notebook; several times",
        },
    ),
    (("--approve",), {"action": "store_true", "help": "run no tool without your yes"}),
    (("--rag",), {"metavar": "NAME", "help": "answer from the passages that the RactoRAG NAME finds"}),
    (("--history",), {"metavar": "NAME", "help": "go on from this conversation of cells"}),
    (("--thinking",), {"action": "store_true", "help": "show what the models think"}),
    (("--max-tokens",), {"type": int, "metavar": "N", "default": 4096, "help": "the most tokens of an answer (4096)"}),
    (("-o", "--into"), {"metavar": "NAME", "default": "chat", "help": "the variable that holds the chat (chat)"}),
)
"""The options of `%racto chat MODEL …`."""


def open_chat(magics: RactoMagics, line: str) -> None:
    """Open a chat with the models that `line` names, or with the one of cells. UsageError for what there is not."""
    from racto_nb.notebook.widgets.chat import Chat

    words = split_line(line)
    models = leading(words)
    values = parsed(words[len(models) :], CHAT_TABLE)
    refuse_empty(CHAT_TABLE, values)
    refuse_taken(magics, values["into"], Chat)
    namespace = magics.namespace
    chat = Chat(
        *(magics.session.kit(model, namespace) for model in models or [magics.model]),
        prompt=None if values["prompt"] is None else prompt_in(values["prompt"], namespace, line="--prompt"),
        tools=tools_of(values["tools"], namespace),
        approve=values["approve"],
        rag=None if values["rag"] is None else held_retriever(values["rag"], namespace, line="%racto chat --rag NAME"),
        history=magics.session.history(values["history"]),
        thinking=values["thinking"],
        max_tokens=values["max_tokens"],
    )
    opened(magics, chat, values["into"])
