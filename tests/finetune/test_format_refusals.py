"""What is not of a format is refused with its place; what a format cannot hold is refused with the formats that can."""

from __future__ import annotations

import copy
from contextlib import suppress

import msgspec
import pytest
from finetune.odd_records import RECORDS
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import DatasetError, DatasetFormatError, UsageError
from racto_nb.finetune import FileLink, RactoTrainingExample, RactoTrainingMessage, TrainingTool, TrainingToolCall
from racto_nb.finetune.formats.format import FORMATS, detected, format_named
from racto_nb.prompts.files import RactoFile

PAIR = RactoTrainingExample.from_pair("Hi", "Hello")
CHOICE = msgspec.structs.replace(
    PAIR, preferred=(RactoTrainingMessage("assistant", "a"),), rejected=(RactoTrainingMessage("assistant", "b"),)
)
PICTURE = RactoFile(b"\x89PNG", "image/png")


def saying(**fields: object) -> RactoTrainingExample:
    """A pair whose question has these fields."""
    return RactoTrainingExample([msgspec.structs.replace(PAIR.messages[0], **fields), PAIR.messages[1]])


@pytest.mark.parametrize(
    ("name", "record", "told"),
    [
        ("openai", {"messages": [{"role": "user", "content": 7}]}, r"messages\[0\]\.content is a number"),
        ("openai", {"messages": [{"content": "Hi"}]}, r"messages\[0\]\.role is missing"),
        ("openai", {"messages": [{"role": "user"}]}, r"messages\[0\]\.content is missing"),
        ("openai", {"messages": {}}, r"messages is an object and has to be a list"),
        ("openai", {"messages": ["Hi"]}, r"messages\[0\] is text and has to be an object"),
        ("openai", {"prompt": "Hi"}, r"messages is missing"),
        ("openai", {"messages": [{"role": "user", "content": [{"type": "video"}]}]}, r"content\[0\]\.type is 'video'; known are"),
        ("openai", {"messages": [], "tools": [{"type": "function"}]}, r"tools\[0\]\.function is missing"),
        ("openai", {"messages": [{"role": "a", "content": "", "weight": True}]}, r"weight is true and has to be a number"),
        ("openai", {"messages": [{"role": "a", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}]}, r"arguments is an object"),
        ("openai_dpo", {"input": {"messages": []}, "preferred_output": []}, r"preferred_output is an empty list"),
        ("anthropic", {"messages": [{"role": "system", "content": "a"}]}, r"role is 'system'; it has to be 'user' or 'assistant'"),
        ("anthropic", {"messages": [{"role": "user", "content": [{"type": "thinking"}]}]}, r"content\[0\]\.type is 'thinking'"),
        (
            "anthropic",
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}, {"type": "text", "text": "a"}]}]},
            r"messages\[0\]\.content\[0\]",
        ),
        ("vertex", {"contents": [{"role": "assistant", "parts": []}]}, r"contents\[0\]\.role is 'assistant'"),
        ("vertex", {"contents": [{"role": "user", "parts": [{"audio": 1}]}]}, r"parts\[0\] has 'audio'; known are"),
        ("gemini", {"text_input": "Hi"}, r"output is missing"),
        ("gemini_preference", {"contents": [], "completions": []}, r"completions has the scores \[\]"),
        ("sharegpt", {"conversations": [{"from": "narrator", "value": "a"}]}, r"conversations\[0\]\.from is 'narrator'"),
        ("sharegpt", {"conversations": [{"from": "function_call", "value": "f()"}]}, r"value is no JSON of a call"),
        ("alpaca", {"instruction": "a", "output": "b", "history": [["c"]]}, r"history\[0\] has to be"),
        ("alpaca", {"instruction": "a", "chosen": "b", "rejected": "c"}, r"output is missing"),
        ("racto", {"racto": 2, "messages": []}, r"racto is 2; this version of racto_nb reads 1"),
        ("racto", {"racto": 1, "messages": [], "mood": ""}, r"mood is a key that this version"),
    ],
)  # fmt: skip
def test_a_record_that_is_not_of_its_format_is_refused_with_the_place(name: str, record: dict[str, object], told: str):
    with pytest.raises(DatasetFormatError, match=told) as raised:
        format_named(name).example(record)
    assert raised.value.format == name


@pytest.mark.parametrize(
    ("name", "example", "told", "instead"),
    [
        ("alpaca", CHOICE, "preferred or rejected turns", "openai_dpo"),
        ("openai", CHOICE, "preferred or rejected turns", "gemini_preference"),
        ("openai_dpo", PAIR, "no preferred and rejected turns", "'openai'"),
        ("gemini_preference", PAIR, "no preferred answer", "'openai'"),
        ("openai", msgspec.structs.replace(PAIR, reference={"answer": 1}), "a reference for graders", "openai_rft"),
        ("anthropic", saying(weight=0), "a weight", "'openai'"),
        ("vertex", saying(name="Ann"), "a name", "'openai'"),
        ("sharegpt", saying(attachments=(PICTURE,)), "files", "'vertex'"),
        ("alpaca", saying(attachments=(PICTURE,)), "files", "'anthropic'"),
        ("alpaca", msgspec.structs.replace(PAIR, tools=(TrainingTool("f"),)), "tools", "'sharegpt'"),
        ("anthropic", msgspec.structs.replace(PAIR, parallel_tool_calls=True), "parallel_tool_calls=True", "'openai'"),
        ("vertex", msgspec.structs.replace(PAIR, tools=(TrainingTool("f", strict=True),)), "strict=True", "'anthropic'"),
        ("anthropic", saying(attachments=(FileLink("https://a/b.png", "image/png", "low"),)), "detail='low'", "'openai'"),
        ("openai", saying(attachments=(FileLink("https://a/b.pdf", "application/pdf"),)), "the address of a file", "id of an upload"),
        ("anthropic", saying(role="narrator"), "the role 'narrator'", "'openai'"),
        ("sharegpt", saying(role="developer"), "the role 'developer'", "'racto'"),
        ("alpaca", RactoTrainingExample(PAIR.messages[:1]), "no answer as its last turn", "'openai'"),
        ("openai", saying(extra={"role": "x"}), "'role' in `extra`", "Rename"),
        ("openai", saying(extra={"anthropic": {"content": [{"cache_control": {"type": "ephemeral"}}]}}), r"content\[0\].cache_control.type in the way of 'anthropic'", "extra=None"),
    ],
)  # fmt: skip
def test_what_a_format_cannot_hold_is_refused_with_the_ones_that_can(
    name: str, example: RactoTrainingExample, told: str, instead: str
):
    with pytest.raises(DatasetFormatError, match=told) as raised:
        format_named(name).record(example)
    assert instead in str(raised.value)
    assert isinstance(raised.value, DatasetError)


@pytest.mark.parametrize("name", ["anthropic", "gemini", "vertex", "alpaca"])
def test_a_system_message_in_the_middle_is_not_moved(name: str):
    example = RactoTrainingExample([*PAIR.messages, RactoTrainingMessage("system", "Now in French."), *PAIR.messages])
    with pytest.raises(DatasetFormatError, match=r"messages\[2\] has the role 'system' in the middle"):
        format_named(name).record(example)


def test_calls_without_what_a_format_needs_are_refused():
    calls = RactoTrainingExample([RactoTrainingMessage("assistant", tool_calls=[TrainingToolCall("f")])])
    with pytest.raises(DatasetFormatError, match="calls 'f', has no id of the call"):
        calls.to_anthropic_dict()
    with pytest.raises(DatasetFormatError, match="no `name` of the tool"):
        RactoTrainingMessage("tool", "1", tool_call_id="c").to_gemini_parts()
    with pytest.raises(DatasetFormatError, match="arguments are no JSON object"):
        RactoTrainingMessage("assistant", tool_calls=[TrainingToolCall("f", "[1]", "c")]).to_gemini_parts()
    other = RactoTrainingExample([RactoTrainingMessage("tool", "1", tool_call_id="c", name="g")])
    with pytest.raises(DatasetFormatError, match="no call with the id 'c' names"):
        other.to_anthropic_dict()


def test_parts_that_contradict_the_text_are_refused():
    message = RactoTrainingMessage.of_parts("user", ["my secret", "is here"])
    stale = msgspec.structs.replace(message, content="[redacted]")
    for name in ("openai", "anthropic", "vertex"):
        with pytest.raises(DatasetFormatError, match="one thing in `parts` and another"):
            format_named(name).record(RactoTrainingExample([stale]))


def test_a_message_that_changed_after_reading_does_not_take_old_details_along():
    read = format_named("openai").example(RECORDS["openai"][-1])
    first = msgspec.structs.replace(read.messages[0], content="Hi", parts=(), attachments=())
    with pytest.raises(DatasetFormatError, match="has changed since it was read"):
        first.to_openai()
    assert msgspec.structs.replace(first, extra=None).to_openai() == {"role": "user", "content": "Hi"}


def test_how_an_empty_text_was_written_is_forgotten_when_there_is_a_text():
    read = format_named("openai").example(RECORDS["openai"][1]).messages[1]
    assert read.to_openai()["content"] is None
    assert msgspec.structs.replace(read, content="Let me see.").to_openai()["content"] == "Let me see."


def test_an_unknown_format_is_named_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'anthropic'"):
        format_named("antropic")
    assert format_named("generic") is format_named("openai")


def _paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, inner in items for found in _paths(inner, (*path, key)))]


ODD = st.sampled_from(
    [None, True, 0, 1.5, "", "a", "{}", [], [None], ["a"], [{}], {}, {"type": "text"}, {"a": 1}, "data:;base64,", "\ud800", 2**70,
     {"layout": 1}, {"openai": {"content": 1}}]
)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, name: str) -> dict[str, object]:
    """A record of a format in which something was replaced, taken out or put in."""
    record = copy.deepcopy(draw(st.sampled_from(RECORDS[name])))
    *way, last = draw(st.sampled_from([path for path in _paths(record) if path]))
    place = record
    for key in way:
        place = place[key]
    odd = copy.deepcopy(draw(ODD))
    match draw(st.sampled_from(["replace", "remove", "add"])):
        case "remove":
            del place[last]
        case "add" if isinstance(place, dict):
            place[draw(st.sampled_from(["x", "type", "content", "openai", "layout", "name", "id", "weight", "tools"]))] = odd
        case "add":
            place.insert(last, odd)
        case _:
            place[last] = odd
    return record


def _usual(value: object) -> object:
    """A record as we write it where a file may leave something out: the type of a call, and its arguments where it has none."""
    if isinstance(value, list):
        return [_usual(item) for item in value]
    if not isinstance(value, dict):
        return value
    added = {"type": "function"} if "function" in value else {"args": {}} if set(value) <= {"name", "id"} else {}
    return {**added, **{key: _usual(inner) for key, inner in value.items()}}


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_a_damaged_record_is_refused_or_loses_nothing(name: str, data: st.DataObject):
    record = data.draw(damaged(name))
    form = format_named(name)
    detected(record)
    try:
        example = form.example(record)
    except DatasetFormatError:
        return
    written = form.record(example)
    assert form.example(written) == example
    if name not in {"gemini", "vertex", "gemini_preference", "racto"}:  # those also take other spellings
        assert _usual(written) == _usual(record)
    for other in FORMATS.values():
        with suppress(DatasetFormatError):
            other.record(example)
