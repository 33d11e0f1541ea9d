"""Examples with what one look at all of them tells, so that each rule looks at those alone that concern it. Kind: plain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias, overload

from racto_nb.finetune.checking.naming import meant
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import RactoTrainingMessage

Roles: TypeAlias = tuple[str, ...]


class Surveyed(Sequence[RactoTrainingExample]):
    """The examples, and where they are more than question and answer. Most are not, and most rules ask about what is.

    `orders` has the places of examples by the roles of their messages, as written; there are few orders. `special` has the places
    of examples that have a file, a tool, a call, a weight, a key of their own, a preference or a reference. `edges` has those
    with a text that is empty, or begins or ends with empty space. `letters` has the number of letters of each example.
    """

    def __init__(self, examples: Sequence[RactoTrainingExample]) -> None:
        self._examples = tuple(examples)
        self.orders: dict[Roles, list[int]] = {}
        self.special: list[int] = []
        self.edges: list[int] = []
        self.letters: list[int] = []
        for place, example in enumerate(self._examples):
            self._look(place, example)

    def _look(self, place: int, example: RactoTrainingExample) -> None:
        special, edge, letters = _is_special(example), False, 0
        for message in example.turns() if special else example.messages:
            text = message.content
            letters += len(text)
            edge = edge or not text or text[0].isspace() or text[-1].isspace()
            special = special or _has_more(message)
        order = tuple([message.role for message in example.messages])
        self.orders.setdefault(order, []).append(place)
        self.letters.append(letters)
        if special or _answers_a_call(order):
            self.special.append(place)
        if edge:
            self.edges.append(place)

    def specials(self) -> Iterator[tuple[int, RactoTrainingExample]]:
        """The special examples, each with its place."""
        for place in self.special:
            yield place, self._examples[place]

    def answers(self) -> Iterator[tuple[int, int, RactoTrainingMessage]]:
        """All turns of the assistant, with the places of their example and of themselves."""
        for order, places in self.orders.items():
            numbers = [number for number, role in enumerate(order) if meant(role) == "assistant"]
            for place in places:
                example = self._examples[place]
                for number in numbers:
                    yield place, number, example.messages[number]
                if example.preferred or example.rejected:
                    yield from _others(place, example)

    @overload
    def __getitem__(self, index: int) -> RactoTrainingExample: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[RactoTrainingExample, ...]: ...
    def __getitem__(self, index: int | slice) -> RactoTrainingExample | tuple[RactoTrainingExample, ...]:
        return self._examples[index]

    def __len__(self) -> int:
        return len(self._examples)

    def __iter__(self) -> Iterator[RactoTrainingExample]:
        return iter(self._examples)


def surveyed(examples: Sequence[RactoTrainingExample]) -> Surveyed:
    """The examples surveyed: themselves where they are already."""
    return examples if isinstance(examples, Surveyed) else Surveyed(examples)


def _is_special(example: RactoTrainingExample) -> bool:
    pair = example.preferred or example.rejected
    return bool(pair or example.tools or example.extra or example.reference is not None)


def _has_more(message: RactoTrainingMessage) -> bool:
    """Whether a message has more than a role and a text."""
    called = message.tool_calls or message.tool_call_id
    return bool(called or message.attachments or message.extra or message.weight is not None)


@lru_cache(maxsize=1024)
def _answers_a_call(order: Roles) -> bool:
    return any(meant(role) == "tool" for role in order)


def _others(place: int, example: RactoTrainingExample) -> Iterator[tuple[int, int, RactoTrainingMessage]]:
    """The assistant's turns of a preference pair."""
    for number, message in enumerate((*example.preferred, *example.rejected), start=len(example.messages)):
        if meant(message.role) == "assistant":
            yield place, number, message
