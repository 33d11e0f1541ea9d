"""`--dry-run`: the exact text, its size and its price. Nothing is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from racto_nb.exceptions import MissingExtraError, RactoGatewayAuthError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.chat import Message
from racto_nb.notebook.display.bundling import bundle
from racto_nb.notebook.display.showing import show_bundle
from racto_nb.notebook.magics.asking import Question, as_sent, question_of
from racto_nb.notebook.magics.attaching import labels
from racto_nb.notebook.magics.costing import tag_without_kit
from racto_nb.notebook.magics.options import Options
from racto_nb.providers.directory import split_model

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics


def show_cell(magics: RactoMagics, options: Options, cell: str, history: list[Message], model: str) -> None:
    """Show what the question in a cell would be to `model`."""

    def question(kit: DeveloperKit | None) -> Question:
        if kit is None:
            return question_of(options, cell, magics.namespace, history)
        return as_sent(question_of(options, cell, magics.namespace, history, default_prompt=kit.default_prompt), kit)

    show_dry(magics, model, options, question)


def show_dry(
    magics: RactoMagics, model: DeveloperKit | str, options: Options, question: Callable[[DeveloperKit | None], Question]
) -> None:
    """Show what would be sent to `model`: a kit, or its name, for which neither a key nor the provider's library is needed.

    `question` is given the kit, or None where none can be opened.
    """
    try:
        kit = magics.session.kit(model, magics.namespace, timeout=options.timeout) if isinstance(model, str) else model
    except (RactoGatewayAuthError, MissingExtraError):
        entry, name = split_model(str(model))
        asked = question(None)
        show_only(asked, f"{entry.name}:{name}", tag_without_kit(entry.name, name, asked))
        return
    asked = question(kit)
    show_only(asked, f"{kit.provider}:{kit.model}", kit.estimate(asked.config).tag)


def show_only(question: Question, model: str, tag: str) -> None:
    """Show what would be sent to `model`, and what it may cost."""
    text, files = question.prompt_text, labels(question.config.attachments)
    size = f"{len(text):,} characters · {tag} · {model} · not sent"
    attached = f" · attached: {', '.join(files)}" if files else ""
    if question.config.tools is not None:
        attached += f" · tools: {', '.join(tool.name for tool in question.config.tools.schemas)}"
    if question.truncation is not None and question.truncation.left_out:
        attached += f" · {question.truncation.notice}"
    show_bundle(bundle(text, f"dry run · {size}{attached}", code="text"))
