"""Conversations for tests: written short, and drawn by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from racto_nb.models import Message, ToolCallResult


def user(text: str) -> Message:
    return Message(role="user", content=text)


def assistant(text: str, *calls: str) -> Message:
    asked = [ToolCallResult(id=f"id-{name}", name=name, arguments={"of": name}) for name in calls]
    return Message(role="assistant", content=text, tool_calls=asked)


def result(name: str, text: str = "done") -> Message:
    return Message(role="tool", content=text, tool_call_id=f"id-{name}", name=name)


def system(text: str) -> Message:
    return Message(role="system", content=text)


@st.composite
def exchanges(draw: st.DrawFn) -> list[Message]:
    """A turn of the user, mostly with an answer, sometimes with calls of tools before it."""
    text = st.text(alphabet="ab é漢", max_size=60)
    number = draw(st.integers(0, 10**9))
    turns = [user(draw(text))]
    for place in range(draw(st.integers(0, 2))):
        names = [f"t{number}x{place}x{each}" for each in range(draw(st.integers(1, 2)))]
        turns += [assistant(draw(text), *names), *(result(name, draw(text)) for name in names)]
    return [*turns, assistant(draw(text))] if draw(st.booleans()) else turns


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    opening: list[Any] = [system("Be kind.")] * draw(st.integers(0, 2))
    return [*opening, *(turn for each in draw(st.lists(exchanges(), max_size=12)) for turn in each)]
