"""What a Claude model takes: how it thinks, how much it may write, which sampling, whether a tool can be demanded. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from racto_nb.models.chat import ChatConfig
from racto_nb.providers.anthropic.facts import (
    EFFORTS,
    LEAST_BUDGET,
    SAMPLING_EXTRAS,
    refuses_forced_tools,
    thinks_by_budget,
    thinks_unasked,
)
from racto_nb.providers.budgeting import level_of, room_of
from racto_nb.providers.refusing import dict_extra, refusal
from racto_nb.providers.wire import ModelSpec

_NO_SAMPLING = "since October 2026 the API refuses it for every model; leave it out, and say in the prompt what may vary"


def thinking_of(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    """What the request says about thinking, empty for nothing. `extra["thinking"]` has the last word.

    Models with budgets are given `thinking_budget`; the others decide for themselves, and are asked to show a summary.
    """
    told = dict_extra(config, spec, "thinking")
    if not config.native_thinking or "type" in told:
        return told
    if thinks_by_budget(spec.name):
        return {"type": "enabled", "budget_tokens": config.thinking_budget, **told}
    return {"type": "adaptive", "display": "summarized", **told}


def effort_of(config: ChatConfig, thinking: Mapping[str, Any]) -> object:
    """The effort that `extra` names, or the one for the thinking budget where the model decides; None for neither."""
    if "effort" in config.extra:
        return config.extra["effort"]
    if not config.native_thinking or thinking.get("type") != "adaptive":
        return None
    return level_of(config.thinking_budget, EFFORTS)


def room_for(config: ChatConfig, spec: ModelSpec, thinking: Mapping[str, Any]) -> int:
    """The most tokens the model may write: `max_tokens`, and the thinking budget where it thinks, at most its own limit.

    Raises UnsupportedError for a budget that the model cannot have.
    """
    kind = thinking.get("type", "adaptive" if thinks_unasked(spec.name) else "disabled")
    if kind not in {"adaptive", "enabled"}:
        return room_of(config, spec, 0)
    told: object = thinking.get("budget_tokens")
    budget = told if isinstance(told, int) else config.thinking_budget
    room = room_of(config, spec, budget)
    if kind == "enabled" and budget < LEAST_BUDGET:
        raise refusal(spec, f"thinking_budget={budget}", f"its smallest budget is {LEAST_BUDGET} tokens")
    if kind == "enabled" and budget >= room:
        reason = f"it writes at most {room} tokens, thinking and answer together; give a smaller budget"
        raise refusal(spec, f"thinking_budget={budget}", reason)
    return room


def sampling_of(config: ChatConfig, spec: ModelSpec) -> dict[str, Any]:
    """The temperature and its kin to send. The default temperature is sent only to models that are known to take one."""
    told = {name: config.extra[name] for name in sorted(SAMPLING_EXTRAS & config.extra.keys())}
    if spec.abilities.sampling is False:
        if told:
            name = next(iter(told))
            raise refusal(spec, f"extra[{name!r}]", _NO_SAMPLING)
        if config.temperature:
            raise refusal(spec, f"temperature={config.temperature:g}", _NO_SAMPLING)
        return {}
    return {"temperature": config.temperature, **told} if config.temperature or spec.abilities.sampling else told


def tool_choice_of(config: ChatConfig, spec: ModelSpec, thinking: Mapping[str, Any]) -> dict[str, Any] | None:
    """`extra["tool_choice"]` in Anthropic's form, None where it is left out. OpenAI's spellings are understood too."""
    if "tool_choice" not in config.extra:
        return None
    choice = _choice(config.extra["tool_choice"])
    if choice is None:
        reason = "it is 'auto', 'any', 'none', or a dict such as {'type': 'tool', 'name': 'weather'}"
        raise refusal(spec, f"extra['tool_choice'] = {config.extra['tool_choice']!r}", reason)
    if choice.get("type") in {"any", "tool"}:
        wish = f"extra['tool_choice'] = {config.extra['tool_choice']!r}"
        if refuses_forced_tools(spec.name):
            raise refusal(spec, wish, "it decides itself whether to call a tool; say in the message that it shall")
        if thinking.get("type") == "enabled":
            raise refusal(spec, wish, "while it thinks it cannot be made to call a tool; leave native_thinking out")
    return choice


def _choice(choice: object) -> dict[str, Any] | None:
    match choice:
        case "required":
            return {"type": "any"}
        case "auto" | "any" | "none":
            return {"type": choice}
        case {"type": "function", "function": {"name": str(name)}} | {"type": "function", "name": str(name)}:
            return {"type": "tool", "name": name}
        case dict():
            return dict(cast("dict[str, Any]", choice))
        case _:
            return None
