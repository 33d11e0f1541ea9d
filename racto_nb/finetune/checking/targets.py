"""What the formats and their providers ask of a file. Figures with their dates are in limits.py. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from racto_nb._nearest import did_you_mean
from racto_nb.exceptions import UsageError, WrongTypeError

Method = Literal["supervised", "preference", "reinforcement"]


@dataclass(frozen=True, slots=True)
class Target:
    """Where training data goes: the `name` of the format, the `family` that reads it, and what is learnt (`method`).

    `alternates`: user and assistant must take turns. `system_first`: there is one place for a system text, before all turns.
    `pairs`: preference pairs are held beside answers. `developer`: the role of that name is known.
    `call_ids`: calls and their answers go together by ids. `strict_keys`: an unknown key is refused. `dotted_tools`: names of
    tools may have dots and colons. `one_turn`: each answer of a pair is one turn.
    """

    name: str
    family: str
    method: Method = "supervised"
    alternates: bool = False
    system_first: bool = False
    tools: bool = True
    files: bool = True
    weights: bool = False
    developer: bool = False
    pairs: bool = False
    call_ids: bool = False
    strict_keys: bool = False
    dotted_tools: bool = False
    one_turn: bool = False


TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("openai", "openai", weights=True, developer=True, call_ids=True),
        Target("openai_dpo", "openai", "preference", weights=True, developer=True, call_ids=True),
        Target("openai_rft", "openai", "reinforcement", developer=True, call_ids=True),
        Target("anthropic", "anthropic", alternates=True, system_first=True, call_ids=True, strict_keys=True),
        Target("gemini", "gemini", alternates=True, system_first=True, dotted_tools=True),
        Target("gemini_preference", "gemini", "preference", alternates=True, system_first=True, dotted_tools=True, one_turn=True),
        Target("sharegpt", "local", files=False, weights=True, pairs=True),
        Target("alpaca", "local", alternates=True, system_first=True, tools=False, files=False),
        Target("racto", "racto", weights=True, developer=True, pairs=True),
    )
}
"""All targets by name."""

OTHER_NAMES: Mapping[str, str] = {"generic": "openai", "vertex": "gemini"}
"""Other names of targets."""


def target_named(provider: str) -> Target:
    """The target that `provider` names. UsageError with the nearest names for another one."""
    if not isinstance(provider, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"A format of training data is named by a text, such as 'openai', not {provider!r:.80}."
        raise WrongTypeError(msg)
    name = provider.strip().lower()
    found = TARGETS.get(OTHER_NAMES.get(name, name))
    if found is None:
        known = [*TARGETS, *OTHER_NAMES]
        msg = f"There is no format {provider!r} of training data.{did_you_mean(name, known)}"
        raise UsageError(msg)
    return found
