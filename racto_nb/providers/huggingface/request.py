"""The bodies of requests to Hugging Face's router and to servers of one's own. Pure."""

from __future__ import annotations

from typing import Any

from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.budgeting import level_of, room_of
from racto_nb.providers.chat_completions.request import chat_messages, choice_of, response_format
from racto_nb.providers.declaring import declaration
from racto_nb.providers.huggingface.facts import BODY_EXTRA, EFFORTS, OWN_PROVIDER, PIPELINE
from racto_nb.providers.refusing import dict_extra, refusal
from racto_nb.providers.wire import ModelSpec


def chat_body(config: ChatConfig, spec: ModelSpec, *, grammar: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. With `grammar` the schema of the answer goes along as TGI takes it."""
    body: dict[str, Any] = {
        "model": spec.name,
        "messages": chat_messages(config, spec, system_role="system"),
        "max_tokens": room_of(config, spec, config.thinking_budget if config.native_thinking else 0),
        "temperature": config.temperature,
    }
    if config.native_thinking:
        body["reasoning_effort"] = level_of(config.thinking_budget, EFFORTS)
    tools = config.tools.schemas if config.tools is not None else ()
    if (
        form := _grammar(config, with_tools=bool(tools)) if grammar else response_format(config, spec, compatible=True)
    ) is not None:
        body["response_format"] = form
    if tools:
        body["tools"] = [{"type": "function", "function": declaration(tool)} for tool in tools]
    body |= {key: value for key, value in config.extra.items() if key != BODY_EXTRA}
    if "tool_choice" in body:
        body["tool_choice"] = choice_of(body["tool_choice"])
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body | dict_extra(config, spec, BODY_EXTRA)


def pipeline_body(config: EmbeddingConfig) -> dict[str, Any]:
    """The request for the feature-extraction endpoint."""
    body: dict[str, Any] = {"inputs": list(config.texts)}
    if config.dimensions is not None:
        body["dimensions"] = config.dimensions
    return body | config.extra


def pipeline_address(root: str, spec: ModelSpec) -> str:
    """The feature-extraction endpoint of a model. Raises UnsupportedError for a model at another inference provider."""
    name, _, provider = spec.name.partition(":")
    if provider not in {"", OWN_PROVIDER}:
        wish = f"embed at the inference provider {provider!r}"
        reason = (
            f"providers have no common form for it. Leave out ':{provider}', or give the address of a server that has the model "
            "(base_url=)"
        )
        raise refusal(spec, wish, reason)
    return root + PIPELINE.format(model=name)


def _grammar(config: ChatConfig, *, with_tools: bool) -> dict[str, Any] | None:
    """TGI's form of a schema. It has none for JSON of any shape, and takes no grammar beside tools."""
    if config.response_model is None or with_tools:
        return None
    return {"type": "json_object", "value": schema_of(config.response_model)}
