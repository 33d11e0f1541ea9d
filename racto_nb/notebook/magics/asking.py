"""From a cell to what is sent: names looked up, braces filled in, a prompt built. Nothing is sent here. Pure."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard, TypeVar, cast

from pydantic import BaseModel, RootModel, ValidationError, create_model, model_validator

from racto_nb.exceptions import UsageError, did_you_mean, nearest
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings, resolved
from racto_nb.models.chat import ChatConfig, Message, MessageRole
from racto_nb.models.truncation import Truncation
from racto_nb.notebook.magics.attaching import attached
from racto_nb.notebook.magics.guarding import guarded
from racto_nb.notebook.magics.interpolating import rendered, value_of
from racto_nb.notebook.magics.options import Options
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.notebook.magics.tooling import tools_of
from racto_nb.prompts.compiling import keyword_of
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.conversation import turns
from racto_nb.truncation import TokenTruncator

PLAIN_ROLE = "You are a helpful assistant."
PLAIN_AIM = "Answer the user's message."
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
T = TypeVar("T")
ROWS_RULE = 'The JSON is an object with the one key "rows": a list of objects that all have the same keys.'


@dataclass(frozen=True, slots=True)
class Question:
    """A cell, ready to send: its `config`, and the Pydantic class of `--as`, or of the rows with `--df`.

    `truncation` is what a truncator leaves out of it, where that is known.
    """

    config: ChatConfig
    model_class: type[BaseModel] | None
    wants_json: bool
    truncation: Truncation | None = None

    @property
    def prompt_text(self) -> str:
        """The exact text that goes to the model, turn by turn."""
        sent = resolved(self.config, KitSettings(model=""))
        if self.truncation is not None:
            sent = sent.model_copy(update={"history": self.truncation.applied(sent.history)})
        parts = turns(sent)
        return "\n\n".join(f"── {turn.role.value} ──\n{turn.content}" for turn in parts)


def as_sent(question: Question, kit: DeveloperKit) -> Question:
    """`question` as `kit` would send it: without what its truncator leaves out. Nothing is sent, so no summary is asked for."""
    truncator = kit.truncator
    if not isinstance(truncator, TokenTruncator):
        return question
    sent = resolved(question.config, KitSettings(model="", default_prompt=kit.default_prompt))
    return replace(question, truncation=truncator.report_among(sent, kit.specs or (kit.spec,)))


def question_of(
    options: Options,
    cell: str,
    namespace: Mapping[str, Any],
    history: Sequence[Message],
    *,
    default_prompt: RactoPrompt | None = None,
) -> Question:
    """The question in a cell. Raises UsageError or TemplateError; then nothing was sent.

    `default_prompt` is the kit's own: the options change it as they change the one of `--prompt`.
    """
    body = rendered(cell, namespace).strip()
    if not body:
        message = "The cell is empty. Write the question below the %%racto line."
        raise UsageError(message)
    model_class = _model_class(options, namespace)
    wants_json = options.json or options.df is not None or model_class is not None
    prompt = _prompt(options, namespace, default_prompt, wants_json=wants_json)
    response_model = _rows_of(model_class) if options.df is not None and model_class is not None else model_class
    if response_model is None and prompt is not None:
        response_model = prompt.output_model
    # Where a prompt states the shape of the answer, the system text is its role: two voices would contradict each other.
    alone = options.system is not None and (prompt is None or default_prompt is not None)
    system = [Message(role=MessageRole.SYSTEM, content=rendered(options.system or "", namespace))] if alone else []
    values: dict[str, Any] = {
        "user_message": body,
        "prompt": prompt,
        "response_model": response_model,
        "history": [*system, *history],
        **_settings(options),
        "attachments": attached(options.attach, namespace) or None,
        "tools": guarded(tools_of(options.tools, namespace), os.environ),
    }
    config = _config({key: value for key, value in values.items() if value is not None})
    question = Question(config, model_class, wants_json or (prompt is not None and prompt.wants_json))
    if options.cot and question.wants_json:
        message = "--cot writes its steps into the answer, and the prompt wants JSON alone. Use --thinking. Nothing was sent."
        raise UsageError(message)
    refuse_secrets(question.prompt_text, os.environ)  # also in the fields of --prompt and in the history
    for tool in question.config.tools.schemas if question.config.tools is not None else ():
        told = json.dumps([tool.name, tool.description, tool.to_json_schema()], ensure_ascii=False, default=str)
        refuse_secrets(told, os.environ, what=f"The tool {tool.name!r} tells the model (in a default or a description)")
    return question


def _settings(options: Options) -> dict[str, Any]:
    """The fields of a ChatConfig that the options name as they are; None where they do not."""
    return {
        "temperature": options.temperature,
        "max_tokens": options.max_tokens,
        "extra": {} if options.seed is None else {"seed": options.seed},
        "native_thinking": None if options.thinking is None else True,
        "thinking_budget": options.thinking,
        "chain_of_thought": options.cot,
        "auto_execute_tools": bool(options.tools),
        "max_tool_turns": options.max_tool_turns,
        "max_validation_retries": 0,  # the cell asks again itself, so that it can show it
    }


def _config(values: dict[str, Any]) -> ChatConfig:
    try:
        return ChatConfig(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the cell"
        raise UsageError(f"This cannot be asked: {where}: {first['msg']}. Nothing was sent.") from error


def _prompt(
    options: Options, namespace: Mapping[str, Any], default: RactoPrompt | None, *, wants_json: bool
) -> RactoPrompt | None:
    """The RACTO prompt the options describe; None when the cell asks for nothing but its body."""
    base = default if options.prompt is None else _found(options.prompt, namespace, _is_prompt, "--prompt", "RactoPrompt")
    free_rows = [ROWS_RULE] if options.df is not None and options.as_model is None else []
    given = {
        "role": options.role,
        "aim": options.aim,
        "constraints": [*[rendered(rule, namespace) for rule in options.constraint], *free_rows, *_kept_format(base, wants_json)]
        or None,
        "tone": options.tone,
        "output_format": _output(options, namespace, base, wants_json=wants_json),
    }
    changes: dict[str, Any] = {
        key: rendered(value, namespace) if isinstance(value, str) else value for key, value in given.items() if value is not None
    }
    if base is not None:
        if not changes:
            return base
        own: dict[str, Any] = {name: getattr(base, name) for name in RactoPrompt.model_fields}
        return _built({**own, **changes, "constraints": [*base.constraints, *(changes.get("constraints") or [])]})
    if not changes:
        return None
    # Where only the shape of the answer was asked for, the smallest prompt that states it.
    described = any((options.role, options.aim, options.constraint, options.tone))
    role = PLAIN_ROLE if options.system is None else rendered(options.system, namespace)
    plain: dict[str, Any] = {"role": role, "aim": PLAIN_AIM, "constraints": [], "tone": "", "output_format": "text"}
    return _built({**plain, "anti_hallucination": described, **changes})


def _built(values: dict[str, Any]) -> RactoPrompt:
    try:
        return RactoPrompt(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"The prompt cannot be built: {where}: {first['msg']}. Nothing was sent.") from error


def _kept_format(base: RactoPrompt | None, wants_json: bool) -> list[str]:  # noqa: FBT001  (read as a word)
    """The format that a prompt describes in words, as a rule: JSON or a class takes its place, and must not drop it."""
    if base is None or not wants_json or not isinstance(base.output_format, str) or keyword_of(base.output_format) is not None:
        return []
    return [f"Use the following format: {base.output_format}"]


def _json_for(base: RactoPrompt | None, options: Options) -> str | None:
    """`json` as the output, unless the prompt asks for JSON of a certain shape already."""
    if base is None or base.output_model is None:
        return "json"
    if options.df is not None:
        name = base.output_model.__name__
        message = (
            f"The prompt asks for one {name}, and --df for rows. Write --df --as with the class of one row. Nothing was sent."
        )
        raise UsageError(message)
    return None


def _output(
    options: Options, namespace: Mapping[str, Any], base: RactoPrompt | None, *, wants_json: bool
) -> str | type[BaseModel] | None:
    if options.output is None:
        return _json_for(base, options) if wants_json and options.as_model is None else None
    word = options.output.strip()
    if keyword_of(word) is not None or _DOTTED.fullmatch(word) is None:
        return options.output
    found = value_of(word, namespace, shown=f"--output {word}") if word.partition(".")[0] in namespace else None
    if _is_model(found):
        return found
    if close := nearest(word, _named(namespace, _is_model)):
        message = f"--output {word!r} is no Pydantic class. Did you mean {close[0]!r}? Use more words for a description."
        raise UsageError(message)
    return options.output


def _model_class(options: Options, namespace: Mapping[str, Any]) -> type[BaseModel] | None:
    return None if options.as_model is None else _found(options.as_model, namespace, _is_model, "--as", "Pydantic class")


def _rows_of(model: type[BaseModel]) -> type[BaseModel]:
    """An object with a list of `model`: providers constrain objects, not bare lists."""
    if issubclass(model, RootModel):
        message = f"--df needs a class with named fields; {model.__name__} is a RootModel. Nothing was sent."
        raise UsageError(message)
    rows: Any = list.__class_getitem__(model)
    bare: Any = model_validator(mode="before")(_bare_rows)
    return create_model(f"{model.__name__}Rows", __validators__={"_bare": bare}, rows=(rows, ...))


def _bare_rows(found: Any) -> Any:
    """A list alone, or under one key of another name, says the same as `{"rows": […]}`."""
    rows = found
    if isinstance(found, dict) and len(found) == 1:  # pyright: ignore[reportUnknownArgumentType]
        rows: Any = next(iter(cast("dict[str, Any]", found).values()))
    return {"rows": cast("Any", rows)} if isinstance(rows, list) else cast("Any", found)


def _is_model(value: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(value, type) and issubclass(value, BaseModel)


def _is_prompt(value: object) -> TypeGuard[RactoPrompt]:
    return isinstance(value, RactoPrompt)


def _named(namespace: Mapping[str, Any], is_right: Callable[[object], bool]) -> list[str]:
    return [name for name, value in namespace.items() if not name.startswith("_") and is_right(value)]


def _found(name: str, namespace: Mapping[str, Any], is_right: Callable[[object], TypeGuard[T]], option: str, what: str) -> T:
    """The value that `option` names. UsageError with the nearest names of the right kind when there is none of it."""
    hint = did_you_mean(name, _named(namespace, is_right))
    if name.isidentifier() and name not in namespace:
        message = f"{option} needs a {what}; there is no variable {name!r}.{hint} Nothing was sent."
        raise UsageError(message)
    found = value_of(name, namespace, shown=f"{option} {name}")
    if is_right(found):
        return found
    kind = f"the class {found.__name__}" if isinstance(found, type) else f"of the type {type(found).__name__}"
    raise UsageError(f"{option} needs a {what}; {name!r} is {kind}.{hint} Nothing was sent.")
