"""Whether user and assistant take turns, where a provider needs it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from racto_nb.finetune.checking.mending import together
from racto_nb.finetune.checking.naming import is_system, meant
from racto_nb.finetune.checking.roles import Trouble, of_roles
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import Roles
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.messages import RactoTrainingMessage


def _turns(roles: Roles, target: Target) -> Iterator[Trouble]:
    before = ""
    for place, role in enumerate(roles):
        if role == before and role in {"user", "assistant"}:
            fix = 'Join them: fix(rules=["turns_alternate"]) does.'
            yield Trouble("error", f"Two messages in a row are from {role!r}.", place, fix)
        before = before if is_system(role) else role


def _joined(examples: Sequence[RactoTrainingExample], findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    """The examples, with turns of one speaker in a row made one."""
    places = {finding.example for finding in findings}
    return [_one_turn_each(example) if place in places else example for place, example in enumerate(examples)]


def _one_turn_each(example: RactoTrainingExample) -> RactoTrainingExample:
    turns: list[RactoTrainingMessage] = []
    for message in example.messages:
        if turns and meant(message.role) in {"user", "assistant"} and _can_be_one(turns[-1], message):
            turns[-1] = together(turns[-1], message)
        else:
            turns.append(message)
    return msgspec.structs.replace(example, messages=tuple(turns))


def _can_be_one(one: RactoTrainingMessage, other: RactoTrainingMessage) -> bool:
    """Whether two turns are from the same speaker, and nothing that is said of one does not hold for the other."""
    same = (one.weight, one.name, one.extra) == (other.weight, other.name, other.extra)
    return same and meant(one.role) == meant(other.role)


def _turn_taking(target: Target) -> bool:
    return target.alternates


RULES = (
    Rule(
        "turns_alternate",
        "error",
        "Two messages in a row are from the same speaker.",
        of_roles("turns_alternate", _turns),
        holds=_turn_taking,
        mend=_joined,
        when_named=True,
    ),
)
