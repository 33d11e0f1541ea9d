"""A resolved configuration as plain turns: what every wire starts from. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.models.chat import ChatConfig, Message, MessageRole, OngoingChat
from racto_nb.prompts.compiling import output_rules
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.pairing import paired
from racto_nb.providers.wire import ModelSpec


def wants_json(config: ChatConfig) -> bool:
    """Whether a resolved `config` asks for JSON."""
    return config.response_model is not None or (config.prompt is not None and config.prompt.wants_json)


def system_text(config: ChatConfig) -> str:
    """The system text of a resolved `config`: its compiled prompt, or only the output rules a response model needs, or "".

    A response model that is not the prompt's own output format takes its place, so the schema always reaches the model.
    """
    prompt, model = config.prompt, config.response_model
    if prompt is None:
        return output_rules(model) + "\n" if model is not None else ""
    if model is not None and prompt.output_model is not model:
        prompt = prompt.model_copy(update={"output_format": model})
    return prompt.compile()


def turns(config: ChatConfig) -> list[Message]:
    """System text, history, the question, and what was said after it, as a list of turns.

    Text files stand before the text of their turn; all others stay its `attachments`. System messages at the start of the
    history join the system text: many chat templates take only one. Every call of a tool has an id and a result.
    """
    later = list(config.history)
    texts = [system_text(config).strip()]
    while later and later[0].role is MessageRole.SYSTEM:
        texts.append(later.pop(0).content.strip())
    system = "\n\n".join(text for text in texts if text)
    opening = [Message(role=MessageRole.SYSTEM, content=system)] if system else []
    after = config.transcript if isinstance(config, OngoingChat) else []
    return [*opening, *map(_with_text_files, paired([*later, question(config), *after]))]


def question(config: ChatConfig) -> Message:
    """The user's message with its files, as a turn."""
    return Message(role=MessageRole.USER, content=config.user_message, attachments=config.attachments or [])


def has_tools(config: ChatConfig) -> bool:
    """Whether the model is offered tools."""
    return config.tools is not None and len(config.tools) > 0


def own_of(turn: Message, spec: ModelSpec) -> Any:
    """What of this turn the model of `spec` itself wants to be sent back, None for nothing. What is signed binds one model."""
    return None if turn.own is None else turn.own.get(f"{spec.provider}:{spec.name}")


def _with_text_files(turn: Message) -> Message:
    if not turn.attachments:
        return turn
    texts = [_as_text(file) for file in turn.attachments if file.is_text]
    others = [file for file in turn.attachments if not file.is_text]
    return turn.model_copy(update={"content": "\n\n".join([*texts, turn.content]), "attachments": others})


def _as_text(file: RactoFile) -> str:
    return f"[File: {file.name or 'attachment'}]\n{file.read_text().rstrip()}"
