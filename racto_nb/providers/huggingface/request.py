"""The bodies of requests to Hugging Face's router and to servers of one's own. Pure."""

from __future__ import annotations

from typing import Any, cast

from racto_nb.exceptions import UnsupportedError
from racto_nb.models.chat import ChatConfig
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.chat_completions.request import chat_messages, choice_of, response_format
from racto_nb.providers.huggingface.facts import BODY_EXTRA, EFFORTS, OWN_PROVIDER, PIPELINE
from racto_nb.providers.wire import ModelSpec


def chat_body(config: ChatConfig, spec: ModelSpec, *, grammar: bool, stream: bool) -> dict[str, Any]:
    """The request for `config`. With `grammar` the schema of the answer goes along as TGI takes it."""
    # Reasoning counts as written: with max_tokens alone a model could spend all of it before the first word.
    room = config.max_tokens + (config.thinking_budget if config.native_thinking else 0)
    body: dict[str, Any] = {
        "model": spec.name,
        "messages": chat_messages(config, spec, system_role="system"),
        "max_tokens": min(room, spec.abilities.output_limit or room),
        "temperature": config.temperature,
    }
    if config.native_thinking:
        body["reasoning_effort"] = next((effort for most, effort in EFFORTS if config.thinking_budget <= most), "high")
    tools = config.tools.schemas if config.tools is not None else ()
    if (
        form := _grammar(config, with_tools=bool(tools)) if grammar else response_format(config, spec, compatible=True)
    ) is not None:
        body["response_format"] = form
    if tools:
        body["tools"] = [{"type": "function", "function": _function(tool)} for tool in tools]
    body |= {key: value for key, value in config.extra.items() if key != BODY_EXTRA}
    if "tool_choice" in body:
        body["tool_choice"] = choice_of(body["tool_choice"])
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body | _raw_body(config, spec)


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
        message = (
            f"{spec.provider}:{spec.name} cannot do {wish}: providers have no common form for it. Leave out ':{provider}', or "
            "give the address of a server that has the model (base_url=). Nothing was sent."
        )
        raise UnsupportedError(message, provider=spec.provider, wish=wish)
    return root + PIPELINE.format(model=name)


def _function(tool: Any) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": dict(tool.to_json_schema())}


def _grammar(config: ChatConfig, *, with_tools: bool) -> dict[str, Any] | None:
    """TGI's form of a schema. It has none for JSON of any shape, and takes no grammar beside tools."""
    if config.response_model is None or with_tools:
        return None
    return {"type": "json_object", "value": schema_of(config.response_model)}


def _raw_body(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    told: object = config.extra.get(BODY_EXTRA, {})
    if isinstance(told, dict):
        return cast("dict[str, Any]", told)
    wish = f"extra[{BODY_EXTRA!r}] of type {type(told).__name__}"
    message = f"{spec.provider}:{spec.name} cannot do {wish}: it is a dict of parameters of the request. Nothing was sent."
    raise UnsupportedError(message, provider=spec.provider, wish=wish)
