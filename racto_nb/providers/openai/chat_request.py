"""The body of a Chat Completions request to OpenAI, or to a server that speaks its API. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.models.chat import ChatConfig
from racto_nb.providers.chat_completions.request import chat_messages, choice_of, function_of, response_format
from racto_nb.providers.conversation import has_tools
from racto_nb.providers.openai.choosing import effort_of, raw_body, room_for, temperature_of
from racto_nb.providers.openai.facts import BODY_EXTRA
from racto_nb.providers.wire import ModelSpec


def chat_body(config: ChatConfig, spec: ModelSpec, *, compatible: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. `compatible` servers get the older names `system` and `max_tokens`, which all of them know."""
    body: dict[str, Any] = {
        "model": spec.name,
        "messages": chat_messages(config, spec, system_role="system" if compatible else "developer"),
        ("max_tokens" if compatible else "max_completion_tokens"): room_for(config, spec),
    }
    if not compatible:
        body["store"] = False
    if (temperature := temperature_of(config, spec, compatible=compatible)) is not None:
        body["temperature"] = temperature
    if (effort := effort_of(config)) is not None:
        body["reasoning_effort"] = effort
    if (output := response_format(config, spec, compatible=compatible)) is not None:
        body["response_format"] = output
    if config.tools is not None and has_tools(config):
        body["tools"] = [{"type": "function", "function": function_of(tool)} for tool in config.tools.schemas]
    body |= {key: value for key, value in config.extra.items() if key != BODY_EXTRA}
    if "tool_choice" in body:
        body["tool_choice"] = choice_of(body["tool_choice"])
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body | raw_body(config, spec)
