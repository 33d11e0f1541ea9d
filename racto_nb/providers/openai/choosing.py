"""Which of OpenAI's two APIs a call goes through, and what a model takes. Pure."""

from __future__ import annotations

from typing import Literal, cast

from racto_nb.models.chat import ChatConfig
from racto_nb.providers.budgeting import level_of, room_of
from racto_nb.providers.conversation import has_tools
from racto_nb.providers.openai.facts import BODY_EXTRA, CHAT_EXTRAS, EFFORTS, RESPONSES_EXTRAS
from racto_nb.providers.refusing import dict_extra, refusal
from racto_nb.providers.wire import ModelSpec

Api = Literal["responses", "chat"]


def chosen_api(config: ChatConfig, spec: ModelSpec, *, asked: str, compatible: bool) -> Api:
    """The API for `config`: `asked` where that is not "auto", else Responses, or Chat Completions where it must be.

    It must be where the server is only `compatible`, or where a wish such as `seed` or `stop` is unknown to Responses. Raises
    UnsupportedError for wishes that no one API fulfils together.
    """
    for_chat = sorted(CHAT_EXTRAS & config.extra.keys())
    for_responses = sorted(RESPONSES_EXTRAS & config.extra.keys())
    if for_chat and for_responses:
        reason = f"{for_chat[0]!r} is a wish for Chat Completions and {for_responses[0]!r} one for Responses"
        raise refusal(spec, f"extra[{for_chat[0]!r}] together with extra[{for_responses[0]!r}]", reason)
    if asked == "responses" and for_chat:
        raise refusal(spec, f"extra[{for_chat[0]!r}]", "the kit was opened with api='responses', which has no such parameter")
    if asked == "chat" or (asked == "auto" and compatible):
        if for_responses:
            reason = "Chat Completions has no such parameter; open the kit with api='responses' if the server knows it"
            raise refusal(spec, f"extra[{for_responses[0]!r}]", reason)
        if not compatible:
            _refuse_what_needs_responses(config, spec, "api='chat'")
        return "chat"
    if not for_chat:
        return "responses"
    _refuse_what_needs_responses(config, spec, f"extra[{for_chat[0]!r}]")
    return "chat"


def _refuse_what_needs_responses(config: ChatConfig, spec: ModelSpec, wish: str) -> None:
    """OpenAI's reasoning models call tools, and show their reasoning, through Responses only."""
    if config.native_thinking:
        raise refusal(spec, f"{wish} with native_thinking", f"{wish} means Chat Completions, which shows no reasoning")
    if has_tools(config) and spec.abilities.thinking:
        reason = f"{wish} means Chat Completions, where reasoning models call no tools"
        raise refusal(spec, f"{wish} with tools", reason)


def temperature_of(config: ChatConfig, spec: ModelSpec, *, compatible: bool) -> float | None:
    """The temperature to send, None for none.

    Reasoning models take none: the default is left out for them, and another one is refused. Where nobody knows, the default is
    sent to compatible servers only.
    """
    takes = spec.abilities.sampling
    if asked_effort(config) == "none":
        takes = True
    if takes is False and config.temperature:
        reason = "reasoning models take no temperature; leave it out, or give extra={'reasoning_effort': 'none'} if the model can"
        raise refusal(spec, f"temperature={config.temperature:g}", reason)
    if takes or (takes is None and (compatible or config.temperature)):
        return config.temperature
    return None


def room_for(config: ChatConfig, spec: ModelSpec) -> int:
    """The most tokens the model may write: `max_tokens`, and the thinking budget where it reasons first, up to its limit."""
    reasons = config.native_thinking or (spec.abilities.thinking and asked_effort(config) != "none")
    return room_of(config, spec, config.thinking_budget if reasons else 0)


def asked_effort(config: ChatConfig) -> object:
    """The reasoning effort that `extra` names, in either API's way of writing it."""
    reasoning = config.extra.get("reasoning")
    inside = cast("dict[str, object]", reasoning).get("effort") if isinstance(reasoning, dict) else None
    return config.extra.get("reasoning_effort") if inside is None else inside


def effort_of(config: ChatConfig) -> str | None:
    """The reasoning effort: as asked for in `extra`, or the one for the thinking budget; None leaves it to the provider."""
    if "reasoning_effort" in config.extra:
        return config.extra["reasoning_effort"]
    if not config.native_thinking:
        return None
    return level_of(config.thinking_budget, EFFORTS)


def raw_body(config: ChatConfig, spec: ModelSpec) -> dict[str, object]:
    """What `extra["extra_body"]` adds to the request."""
    return dict_extra(config, spec, BODY_EXTRA)
