"""Steps that are none, or that are written wrong: said where the mistake is, and not at the first question."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from colours import COLOURS, Colour

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import WrongTypeError
from racto_nb.kits import flows
from racto_nb.kits.middleware import Ask, Onward, Steps
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit

SLOTS = ["truncator", "exact_cache", "semantic_cache", "router"]


class Passing:
    """A step that does nothing."""

    def around(self, ask: Ask, onward: Onward):
        return (yield from onward(ask))


class Nameless:
    """A step with its method under another name."""

    def before(self, ask: Ask, onward: Onward):
        return (yield from onward(ask))


WRONG = {"a text": "redis://x", "a number": 3, "nameless": Nameless(), "a class": Passing, "a list": [Passing()]}


@pytest.mark.parametrize("slot", SLOTS)
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_step_is_refused_with_the_slot_and_the_methods(slot: str, wrong: Any):
    with pytest.raises(WrongTypeError, match=rf"^{slot} is a step, .* around\(ask, onward\), or None"):
        Steps(**{slot: wrong})


@pytest.mark.parametrize("slot", SLOTS)
def test_a_step_is_taken_in_every_slot(slot: str):
    step = Passing()
    assert Steps(**{slot: step}).ordered == (step,)


def test_a_kit_refuses_what_is_no_step_when_it_is_made():
    with pytest.raises(WrongTypeError, match=re.escape("not str 'redis://x'")):
        gpt.Chat(api_key="any", exact_cache="redis://x")


def asked(colour: Colour, step: Any) -> None:
    settings = KitSettings(model="fake-model", steps=Steps(router=step))
    colour.run(flows.chat(FakeKit(["Hello"])._provider, settings, ChatConfig(user_message="Hi")))


async def _async_method(*_: Any) -> None:
    return None


PLAIN: list[Callable[..., Any]] = [lambda *args: args[0], lambda *_: None, _async_method]


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
@pytest.mark.parametrize("plain", PLAIN, ids=["ask", "nothing", "async"])
def test_a_method_that_is_no_generator_is_named(colour: Colour, plain: Callable[..., Any]):
    step = Passing()
    step.around = plain
    with pytest.raises(WrongTypeError, match=r"Passing\.around\(\) must be a generator \(a flow\)"):
        asked(colour, step)


def test_an_answer_that_is_not_returned_is_an_error():
    class Forgetful(Passing):
        def around(self, ask: Ask, onward: Onward):
            yield from onward(ask)

    with pytest.raises(WrongTypeError, match=r"Forgetful\.around\(\) returns an Answer, not None"):
        asked(COLOURS[0], Forgetful())


def test_a_question_that_is_not_passed_on_as_an_ask_is_an_error():
    class Losing(Passing):
        def around(self, ask: Ask, onward: Onward):
            return (yield from onward(ask.config))  # type: ignore[arg-type]

    with pytest.raises(WrongTypeError, match=r"Losing\.around\(\) passes on the Ask as it goes on, not ChatConfig"):
        asked(COLOURS[0], Losing())
