"""What was answered, and the two readers of its text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.models import LLMResponse
from racto_nb.models.response import partial_json, strip_markdown_fences, try_parse_json

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
CONTAINERS = st.lists(JSON_VALUES, max_size=4) | st.dictionaries(st.text(), JSON_VALUES, max_size=4)
LANGUAGES = st.sampled_from(["", "json", "JSON", "python", "c++", "objective-c", " json", "json  "])
# Text in whose lines no fence stands.
BODIES = st.text(st.characters(exclude_characters="`\r"))


@given(BODIES, LANGUAGES, st.sampled_from(["```", "````"]))
def test_the_inside_of_one_whole_fence_is_returned_verbatim(body: str, language: str, fence: str):
    assert strip_markdown_fences(f"{fence}{language}\n{body}\n{fence}") == body


@given(st.text(st.characters(exclude_characters="`")))
def test_text_without_a_fence_is_never_altered(text: str):
    assert strip_markdown_fences(text) == text


@given(BODIES, BODIES.filter(str.strip))
def test_text_around_a_fence_keeps_everything_verbatim(body: str, prose: str):
    fenced = f"```json\n{body}\n```"
    for text in (f"{prose}\n{fenced}", f"{fenced}\n{prose}", f"{prose}\n{fenced}\n{prose}"):
        assert strip_markdown_fences(text) == text


@given(BODIES, BODIES, st.sampled_from(["\n", "\n\n", "\nand\n"]))
def test_two_fences_keep_everything_verbatim(first: str, second: str, between: str):
    text = f"```python\n{first}\n```{between}```\n{second}\n```"
    assert strip_markdown_fences(text) == text


@given(st.text(st.sampled_from("`\n a{")))
def test_whatever_is_returned_is_the_text_or_a_part_of_its_middle(text: str):
    bare = strip_markdown_fences(text)
    assert bare in text
    assert strip_markdown_fences(text) == text or text.strip().startswith("```")


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('```json\r\n{"a": 1}\r\n```\r\n', '{"a": 1}'),
        ('```json\n{"a": 1}```', '{"a": 1}'),
        ('\n\n  ```\n{"a": 1}\n  ```  \n', '{"a": 1}'),
        ("```\n```", ""),
        ('```json\n{"code": "```x```"}\n```', '{"code": "```x```"}'),
        ("````\n```\ninner\n```\n````", "````\n```\ninner\n```\n````"),
        ("```\nx\n````", "x"),
    ],
)
def test_whole_fences_as_models_write_them(text: str, inside: str):
    assert strip_markdown_fences(text) == inside


@pytest.mark.parametrize(
    "text",
    [
        "```only opened",
        "```\nonly opened",
        "only closed\n```",
        "``` and ```",
        "```\nx``` and ```y```",
        "````\nx\n```",
        "~~~\nx\n~~~",
        "",
        "```",
        "``````",
    ],
)
def test_what_is_not_one_whole_fence_is_returned_as_it_is(text: str):
    assert strip_markdown_fences(text) == text


@given(CONTAINERS, st.booleans(), st.booleans())
def test_json_that_is_the_whole_text_is_read(value: object, fenced: bool, spread: bool):
    text = json.dumps(value, indent=2 if spread else None)
    text = f"```json\n{text}\n```" if fenced else f"  {text}\n"
    assert try_parse_json(text) == value


@given(st.text())
def test_reading_json_never_raises_and_gives_only_objects_and_arrays(text: str):
    assert isinstance(try_parse_json(text), dict | list | None)


@pytest.mark.parametrize(
    "text",
    ['"text"', "5", "true", "null", '{"a": 1} and more', "the answer is [1]", '{"a": 1', '{"a": NaN}', "[Infinity]", "[-Infinity]",
     "{'a': 1}", "", "[1,]"],
)  # fmt: skip
def test_what_is_not_one_json_object_or_array_is_none(text: str):
    assert try_parse_json(text) is None


def test_json_nested_too_deeply_to_read_is_none():
    assert try_parse_json("[" * 200_000) is None
    assert try_parse_json("[" * 200_000 + "]" * 200_000) is None


def test_the_repr_of_an_answer_hides_the_providers_object():
    response = LLMResponse(content="short", raw={"headers": "x" * 5000})
    assert "xxx" not in repr(response)
    assert "short" in repr(response)


def test_two_answers_never_share_their_lists():
    first, second = LLMResponse(), LLMResponse()
    first.usage["prompt_tokens"] = 1
    assert (second.usage, second.tool_calls) == ({}, [])


@given(CONTAINERS, st.booleans())
def test_every_beginning_of_a_json_text_can_be_read_and_the_whole_is_the_value(value: object, fenced: bool):
    text = json.dumps(value, ensure_ascii=False)
    whole = f"```json\n{text}\n```" if fenced else text
    for end in range(len(whole) + 1):
        found = partial_json(whole[:end])
        assert found is None or type(found) is type(value)
    assert partial_json(whole) == value


def test_the_fields_of_a_json_text_arrive_one_after_the_other():
    text = '{"title": "Up", "cast": ["Ed"'
    assert [partial_json(text[:end]) for end in (1, 11, 15, 28)] == [
        {},
        {"title": ""},
        {"title": "Up"},
        {"title": "Up", "cast": ["Ed"]},
    ]


@pytest.mark.parametrize("text", ["", "  ", "No JSON.", "12", '"text"', '{"a": tru!', "```", "Here: {}"])
def test_what_begins_no_json_object_or_list_is_none(text: str):
    assert partial_json(text) is None
