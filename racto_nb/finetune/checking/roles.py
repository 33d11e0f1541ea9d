"""Who speaks: the roles, other names for them, and checks that need nothing but the roles of an example. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from racto_nb.finetune.checking.mending import with_turns
from racto_nb.finetune.checking.naming import ROLES, is_system, meant
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Check, Rule
from racto_nb.finetune.checking.survey import Roles, Surveyed, surveyed
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity
from racto_nb.finetune.messages import RactoTrainingMessage


class Trouble(NamedTuple):
    """What is wrong with the roles of an example; `message` is the place of the turn, None for the example."""

    severity: Severity
    says: str
    message: int | None = None
    fix: str = ""
    fixable: bool = False


def of_roles(
    name: str,
    judge: Callable[[Roles, Target], Iterator[Trouble]],
    *,
    as_written: bool = False,
    of_answers: bool = False,
) -> Check:
    """A check of `judge`, which is asked once for each order of roles: there are few, and examples are many.

    With `of_answers` it is about examples with an answer among their messages: pairs and items of reinforcement are left out
    where the format holds them beside the others.
    """

    def check(examples: Sequence[RactoTrainingExample], ask: CheckOptions) -> Iterator[Finding]:
        read = surveyed(examples)
        others = _of_another_kind(read) if of_answers and ask.target.pairs else frozenset[int]()
        for roles, places in read.orders.items():
            named = roles if as_written else tuple(map(meant, roles))
            for severity, says, message, fix, fixable in judge(named, ask.target):
                for place in places:
                    if place not in others:
                        yield Finding(name, severity, says, example=place, message=message, fix=fix, fixable=fixable)

    return check


def _of_another_kind(examples: Surveyed) -> frozenset[int]:
    return frozenset(place for place, one in examples.specials() if one.preferred or one.rejected or one.reference is not None)


def _unknown_roles(roles: Roles, target: Target) -> Iterator[Trouble]:
    for place, role in enumerate(roles):
        if role in ROLES or (role == "developer" and target.developer):
            continue
        same = "system" if role == "developer" else meant(role)
        if same in ROLES:
            yield Trouble("error", f"The role {role!r} is not in this format.", place, f"It is called {same!r}.", fixable=True)
        elif role == "function":
            fix = "It is 'tool' now: write its call as a tool call with an id, and the id here. fix() leaves it: no call has one."
            yield Trouble("error", "The role 'function' is the old one of what a tool answered.", place, fix)
        else:
            yield Trouble("error", f"The role {role!r:.60} is not known.", place, f"Roles are {', '.join(ROLES)}.")


def _renamed(examples: Sequence[RactoTrainingExample], findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    def named(message: RactoTrainingMessage) -> RactoTrainingMessage:
        role = meant(message.role)
        return msgspec.structs.replace(message, role="system" if role == "developer" else role)

    return with_turns(examples, findings, named)


def _empty(roles: Roles, target: Target) -> Iterator[Trouble]:
    if not roles:
        yield Trouble("error", "There are no messages.", None, "Write a question and its answer, or take the example out.")


def _user_missing(roles: Roles, target: Target) -> Iterator[Trouble]:
    if roles and "user" not in roles:
        yield Trouble("error", "No message is from the user.", None, "Write the question that is answered.")


def _assistant_missing(roles: Roles, target: Target) -> Iterator[Trouble]:
    if target.method == "supervised" and roles and "assistant" not in roles:
        yield Trouble("error", "No message is from the assistant: there is nothing to learn.", None, "Write the answer.")


def _last(roles: Roles, target: Target) -> Iterator[Trouble]:
    if not roles:
        return
    place, last = len(roles) - 1, roles[-1]
    if target.method == "supervised":
        # An example without any answer is told of once, by missing_assistant.
        if last != "assistant" and "assistant" in roles:
            yield Trouble("error", f"The last message is from {last!r:.60}.", place, "End with the answer of the assistant.")
    elif last not in {"user", "tool"}:
        says = f"The last message is from {last!r:.60}, but the model is to answer here."
        yield Trouble("error", says, place, "End the messages with a question; the answers come after them.")


def _first(roles: Roles, target: Target) -> Iterator[Trouble]:
    place = next((number for number, role in enumerate(roles) if not is_system(role)), None)
    if place is None or roles[place] == "user" or roles[place] not in ROLES:
        return
    severity: Severity = "error" if target.alternates else "warning"
    yield Trouble(severity, f"The conversation begins with {roles[place]!r}.", place, "Begin with a question of the user.")


def _late_system(roles: Roles, target: Target) -> Iterator[Trouble]:
    spoken = False
    for place, role in enumerate(roles):
        if not is_system(role):
            spoken = True
        elif spoken:
            severity: Severity = "error" if target.system_first else "warning"
            yield Trouble(severity, "A system text stands after the conversation has begun.", place, "Put it first.")


def _systems(roles: Roles, target: Target) -> Iterator[Trouble]:
    count = sum(map(is_system, roles))
    if count > 1:
        says = f"There are {count} system texts; this format has one place for them."
        yield Trouble("warning", says, None, "Join them into one.")


def _has_one_place(target: Target) -> bool:
    return target.system_first


RULES = (
    Rule("empty_example", "error", "An example has no messages.", of_roles("empty_example", _empty)),
    Rule(
        "unknown_role",
        "error",
        'A role is not "system", "user", "assistant" or "tool" (OpenAI: or "developer").',
        of_roles("unknown_role", _unknown_roles, as_written=True),
        mend=_renamed,
    ),
    Rule("missing_user", "error", "No message is from the user.", of_roles("missing_user", _user_missing)),
    Rule(
        "missing_assistant",
        "error",
        "No message is from the assistant, where answers are learnt.",
        of_roles("missing_assistant", _assistant_missing, of_answers=True),
        holds=lambda target: target.method == "supervised",
    ),
    Rule(
        "last_turn",
        "error",
        "The messages end with something else than the answer; of preference and reinforcement, than a question.",
        of_roles("last_turn", _last, of_answers=True),
    ),
    Rule(
        "first_turn",
        "error",
        "The conversation does not begin with the user (a warning where the provider takes it).",
        of_roles("first_turn", _first),
    ),
    Rule(
        "late_system",
        "error",
        "A system text stands after the first question (a warning where the format has a place for it).",
        of_roles("late_system", _late_system),
    ),
    Rule(
        "several_systems",
        "warning",
        "There are several system texts, and the format has one place for them.",
        of_roles("several_systems", _systems),
        holds=_has_one_place,
    ),
)
