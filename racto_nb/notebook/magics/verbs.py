"""The verbs of the line magic `%racto`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.models.chat import Message
from racto_nb.notebook.display.tables import Table, show_table, show_text

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics


def run_verb(line: str, magics: RactoMagics) -> None:
    """Run one line such as `use embedded:smollm2-135m`. Raises UsageError for an unknown verb, naming the nearest."""
    verb, _, rest = line.strip().partition(" ")
    if not verb:
        verb = "help"
    if verb not in VERBS:
        if verb.startswith("-"):
            message = "Options belong to a cell: write %%racto (two per cent signs) and the question below it."
            raise UsageError(message)
        raise UsageError(f"%racto has no verb {verb!r}.{did_you_mean(verb, VERBS)}")
    VERBS[verb][0](magics, rest.strip())


def _use(magics: RactoMagics, model: str) -> None:
    if not model:
        show_text(f"Cells without --model use {magics.model}.")
        return
    kit = magics.session.kit(model, magics.namespace)
    magics.model = model
    show_text(f"Cells without --model now use {kit.provider}:{kit.model}.")


def _models(magics: RactoMagics, provider: str) -> None:
    from racto_nb.notebook.magics.listing import model_table

    show_table(model_table(provider, magics.namespace, used=magics.model))


def _last(magics: RactoMagics, _: str) -> None:
    from racto_nb.notebook.display.showing import show_value

    if magics.session.last is None:
        show_text("No %%racto cell has run yet.")
    else:
        show_value(magics.session.last)


def _history(magics: RactoMagics, name: str) -> None:
    conversations = magics.session.conversations
    if name:
        from racto_nb.exceptions import NotFoundError

        if name not in conversations:
            raise NotFoundError.among("conversation", name, conversations)
        rows = [(turn.role.value, turn.content) for turn in conversations[name]]
        show_table(Table(("who", "text"), rows, f"Conversation {name!r}"))
        return
    rows = [(key, str(len(turns) // 2), _opening(turns)) for key, turns in sorted(conversations.items())]
    show_table(
        Table(
            ("name", "turns", "begins"),
            rows,
            "Conversations" if rows else "No conversation yet: %%racto --history NAME begins one.",
        )
    )


def _opening(turns: list[Message]) -> str:
    text = turns[0].content
    return text if len(text) <= 60 else text[:59] + "…"  # noqa: PLR2004  (a line's worth)


def _reset(magics: RactoMagics, name: str) -> None:
    forgotten = magics.session.reset(name or None)
    show_text(f"Forgotten: {', '.join(forgotten)}." if forgotten else "There was no conversation to forget.")


def _config(magics: RactoMagics, _: str) -> None:
    traits = magics.traits(config=True)
    rows = [(name, repr(getattr(magics, name)), trait.help) for name, trait in sorted(traits.items())]
    show_table(Table(("setting", "value", "meaning"), rows, "Set one with: %config RactoMagics.NAME = VALUE"))


def _help(_: RactoMagics, __: str) -> None:
    rows = [(f"%racto {verb}", about) for verb, (_, about) in VERBS.items()]
    show_table(Table(("line", "what it does"), [("%%racto", "ask a model; %%racto? lists the options"), *rows], ""))


def _doctor(_: RactoMagics, __: str) -> None:
    from racto_nb.notebook.checkup import findings

    rows = [(item.what, item.state, item.advice) for item in findings()]
    show_table(Table(("what", "state", "advice"), rows, ""))


VERBS: dict[str, tuple[Callable[[RactoMagics, str], None], str]] = {
    "use": (_use, "choose the model for cells without --model"),
    "models": (_models, "list the models, and which are installed"),
    "last": (_last, "show the last answer again"),
    "history": (_history, "list the conversations, or show one"),
    "reset": (_reset, "forget a conversation, or all"),
    "config": (_config, "list the settings"),
    "help": (_help, "this list"),
    "doctor": (_doctor, "check versions, keys (never shown) and models"),
}
