"""A resolved configuration as plain turns: what every wire starts from. Pure."""

from __future__ import annotations

from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.prompts.compiling import output_rules
from racto_nb.prompts.files import RactoFile


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
    """System text, history, and the user's message with its text files before it, as a list of turns.

    System messages at the start of the history join the system text: many chat templates take only one.
    """
    later = list(config.history)
    texts = [system_text(config).strip()]
    while later and later[0].role is MessageRole.SYSTEM:
        texts.append(later.pop(0).content.strip())
    system = "\n\n".join(text for text in texts if text)
    opening = [Message(role=MessageRole.SYSTEM, content=system)] if system else []
    return [*opening, *later, Message(role=MessageRole.USER, content=user_text(config))]


def user_text(config: ChatConfig) -> str:
    """The user's message, each attached text file before it under its name."""
    files = [_as_text(file) for file in config.attachments or [] if file.is_text]
    return "\n\n".join([*files, config.user_message])


def _as_text(file: RactoFile) -> str:
    return f"[File: {file.name or 'attachment'}]\n{file.read_text().rstrip()}"
