"""The body of a request to Gemini. Pure.

The names are those that Google documents for its REST API (`inlineData`, `thinkingConfig`); its library writes some of them in
another case, and the server takes both.
"""

from __future__ import annotations

from typing import Any, cast

from racto_nb.models.chat import ChatConfig, MessageRole
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.budgeting import level_of, room_of
from racto_nb.providers.conversation import has_tools, turns, wants_json
from racto_nb.providers.declaring import declaration
from racto_nb.providers.google.contents import contents
from racto_nb.providers.google.facts import BESIDE, BODY_EXTRA, LEVELS, PLACED, is_early
from racto_nb.providers.google.schemas import gemini_schema
from racto_nb.providers.refusing import dict_extra, refusal
from racto_nb.providers.wire import ModelSpec


def chat_body(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    """The request for `config`. System messages, wherever they stand, join the system instruction: Gemini knows no such turns."""
    listed = turns(config)
    system = "\n\n".join(turn.content for turn in listed if turn.role is MessageRole.SYSTEM)
    spoken = [turn for turn in listed if turn.role is not MessageRole.SYSTEM]
    body: dict[str, Any] = {
        "contents": contents(spoken, spec),
        "generationConfig": _generation(config, spec),
    }
    if system:
        body["systemInstruction"] = {"role": "user", "parts": [{"text": system}]}
    if has_tools(config):
        body["tools"] = [{"functionDeclarations": _functions(config)}]
    if "tool_choice" in config.extra:
        body["toolConfig"] = {"functionCallingConfig": _calling(config.extra["tool_choice"])}
    body |= {BESIDE[key]: value for key, value in config.extra.items() if key in BESIDE}
    return body | dict_extra(config, spec, BODY_EXTRA)


def _generation(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    settings: dict[str, Any] = {"maxOutputTokens": _room(config, spec)}
    if (temperature := _temperature(config, spec)) is not None:
        settings["temperature"] = temperature
    settings |= _output(config, spec)
    if thinking := _thinking(config, spec):
        settings["thinkingConfig"] = thinking
    return settings | {PLACED[key]: _listed(key, value) for key, value in config.extra.items() if key in PLACED}


def _listed(key: str, value: Any) -> Any:
    return [value] if PLACED[key] == "stopSequences" and isinstance(value, str) else value


def _room(config: ChatConfig, spec: ModelSpec) -> int:
    """The most tokens the model may write: `max_tokens`, and the thinking budget where it thinks, at most its own limit.

    Gemini's models think unasked.
    """
    thinks = config.native_thinking or spec.abilities.thinking
    return room_of(config, spec, config.thinking_budget if thinks else 0)


def _temperature(config: ChatConfig, spec: ModelSpec) -> float | None:
    """The temperature to send, None for none. Where Google has deprecated it, the default is left out and another one is sent."""
    takes = spec.abilities.sampling
    if takes is False and config.temperature:
        raise refusal(spec, f"temperature={config.temperature:g}", "this model takes no temperature; leave it out")
    return config.temperature if takes or (takes is None and config.temperature) else None


def _output(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    """What the answer's form is, empty for free text. Models before Gemini 3 refuse JSON beside tools: there the prompt asks."""
    if not wants_json(config) or (has_tools(config) and is_early(spec.name)):
        return {}
    output: dict[str, Any] = {"responseMimeType": "application/json"}
    if config.response_model is not None and spec.abilities.json_schema is not False:
        output["responseJsonSchema"] = gemini_schema(schema_of(config.response_model))
    return output


def _thinking(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    """How long to think and whether to show it: a level, or for models before Gemini 3 tokens. Both at once are refused there."""
    thinking: dict[str, Any] = {}
    own = dict_extra(config, spec, "thinking_config")
    if config.native_thinking:
        thinking["includeThoughts"] = True
    if "thinking_level" in config.extra:
        thinking["thinkingLevel"] = config.extra["thinking_level"]
    elif config.native_thinking and not {"thinkingLevel", "thinking_level", "thinkingBudget", "thinking_budget"} & own.keys():
        if is_early(spec.name):
            thinking["thinkingBudget"] = config.thinking_budget
        else:
            thinking["thinkingLevel"] = level_of(config.thinking_budget, LEVELS)
    return thinking | own


def _functions(config: ChatConfig) -> list[dict[str, Any]]:
    schemas = config.tools.schemas if config.tools is not None else ()
    return [declaration(tool, schema_as="parametersJsonSchema") for tool in schemas]


def _calling(choice: object) -> dict[str, Any]:
    """Which tools may be called. The words of other providers are understood: "auto", "none", "required", or one function."""
    match choice:
        case "none" | "auto" as word:
            return {"mode": str(word).upper()}
        case "required" | "any":
            return {"mode": "ANY"}
        case {"name": str(name)} | {"function": {"name": str(name)}}:
            return {"mode": "ANY", "allowedFunctionNames": [name]}
        case dict():
            return cast("dict[str, Any]", choice)
        case _:
            return {"mode": choice}
