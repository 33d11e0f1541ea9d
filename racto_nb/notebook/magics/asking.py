"""From a cell to what is sent: names looked up, braces filled in, a prompt built. Nothing is sent here. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, RootModel, ValidationError, create_model

from racto_nb.exceptions import UsageError, did_you_mean
from racto_nb.kits.resolving import KitSettings, resolved
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.notebook.magics.interpolating import rendered, value_of
from racto_nb.notebook.magics.options import Options
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.conversation import turns

PLAIN_ROLE = "You are a helpful assistant."
PLAIN_AIM = "Answer the user's message."
ROWS_RULE = 'The JSON is an object with the one key "rows": a list of objects that all have the same keys.'


@dataclass(frozen=True, slots=True)
class Question:
    """A cell, ready to send: its `config`, and the Pydantic class of `--as`, or of the rows with `--df`."""

    config: ChatConfig
    model_class: type[BaseModel] | None
    wants_json: bool

    @property
    def prompt_text(self) -> str:
        """The exact text that goes to the model, turn by turn."""
        parts = turns(resolved(self.config, KitSettings(model="")))
        return "\n\n".join(f"[{turn.role.value}]\n{turn.content.strip()}" for turn in parts)


def question_of(options: Options, cell: str, namespace: Mapping[str, Any], history: Sequence[Message]) -> Question:
    """The question in a cell. Raises UsageError or TemplateError; then nothing was sent."""
    body = rendered(cell, namespace).strip()
    if not body:
        message = "The cell is empty. Write the question below the %%racto line."
        raise UsageError(message)
    model_class = _model_class(options, namespace)
    wants_json = options.json or options.df is not None or model_class is not None
    prompt = _prompt(options, namespace, wants_json=wants_json)
    response_model = _rows_of(model_class) if options.df is not None and model_class is not None else model_class
    system = [Message(role=MessageRole.SYSTEM, content=rendered(options.system, namespace))] if options.system else []
    values: dict[str, Any] = {
        "user_message": body,
        "prompt": prompt,
        "response_model": response_model,
        "history": [*system, *history],
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
        "extra": {} if options.seed is None else {"seed": options.seed},
    }
    config = ChatConfig(**{key: value for key, value in values.items() if value is not None})
    return Question(config, model_class, wants_json or (prompt is not None and prompt.wants_json))


def _prompt(options: Options, namespace: Mapping[str, Any], *, wants_json: bool) -> RactoPrompt | None:
    """The RACTO prompt the options describe; None when the cell asks for nothing but its body."""
    free_rows = [ROWS_RULE] if options.df is not None and options.as_model is None else []
    given = {
        "role": options.role,
        "aim": options.aim,
        "constraints": [*[rendered(rule, namespace) for rule in options.constraint], *free_rows] or None,
        "tone": options.tone,
        "output_format": _output(options, namespace, wants_json=wants_json),
    }
    changes: dict[str, Any] = {
        key: rendered(value, namespace) if isinstance(value, str) else value for key, value in given.items() if value is not None
    }
    if options.prompt is not None:
        base = _looked_up(options.prompt, namespace, RactoPrompt, "--prompt", "RactoPrompt")
        own: dict[str, Any] = {name: getattr(base, name) for name in RactoPrompt.model_fields}
        return _built({**own, **changes, "constraints": [*base.constraints, *(changes.get("constraints") or [])]})
    if not changes:
        return None
    # Where only the shape of the answer was asked for, the smallest prompt that states it.
    described = any((options.role, options.aim, options.constraint, options.tone))
    plain: dict[str, Any] = {"role": PLAIN_ROLE, "aim": PLAIN_AIM, "constraints": [], "tone": "", "output_format": "text"}
    return _built({**plain, "anti_hallucination": described, **changes})


def _built(values: dict[str, Any]) -> RactoPrompt:
    try:
        return RactoPrompt(**values)
    except ValidationError as error:
        raise UsageError(f"The prompt cannot be built: {error.errors()[0]['msg']}. Nothing was sent.") from error


def _output(options: Options, namespace: Mapping[str, Any], *, wants_json: bool) -> str | type[BaseModel] | None:
    if options.output is not None:
        found = namespace.get(options.output)
        return found if isinstance(found, type) and issubclass(found, BaseModel) else options.output
    return "json" if wants_json and options.as_model is None else None


def _model_class(options: Options, namespace: Mapping[str, Any]) -> type[BaseModel] | None:
    if options.as_model is None:
        return None
    found = value_of(options.as_model, namespace)
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        classes = [name for name, value in namespace.items() if isinstance(value, type) and issubclass(value, BaseModel)]
        hint = did_you_mean(options.as_model, classes)
        raise UsageError(
            f"--as needs a Pydantic class (a BaseModel); {options.as_model!r} is {found!r:.60}.{hint} Nothing was sent."
        )
    return found


def _rows_of(model: type[BaseModel]) -> type[BaseModel]:
    """An object with a list of `model`: providers constrain objects, not bare lists."""
    if issubclass(model, RootModel):
        message = f"--df needs a class with named fields; {model.__name__} is a RootModel."
        raise UsageError(message)
    rows: Any = list.__class_getitem__(model)
    return create_model(f"{model.__name__}Rows", rows=(rows, ...))


def _looked_up(name: str, namespace: Mapping[str, Any], kind: type[Any], option: str, what: str) -> Any:
    found = value_of(name, namespace)
    if not isinstance(found, kind):
        names = [known for known, value in namespace.items() if isinstance(value, kind)]
        raise UsageError(
            f"{option} needs a {what}; {name!r} is a {type(found).__name__}.{did_you_mean(name, names)} Nothing was sent."
        )
    return found
