"""Records as files have them: written again they are the same, and what they say is where users look for it."""

from __future__ import annotations

import copy

import pytest
from finetune.odd_records import PIXEL, RECORDS, VERTEX

from racto_nb.finetune import FileLink, RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.finetune.formats.format import FORMATS, detected, format_named
from racto_nb.finetune.formats.leftovers import unknown_keys
from racto_nb.prompts.files import RactoFile

EACH = [(name, place) for name, records in RECORDS.items() for place in range(len(records))]


@pytest.mark.parametrize(("name", "place"), EACH)
def test_a_record_is_written_as_it_was_read(name: str, place: int):
    record = RECORDS[name][place]
    before = copy.deepcopy(record)
    form = format_named(name)
    example = form.example(record)
    assert form.record(example) == record
    assert record == before, "reading changes nothing"
    assert form.example(form.record(example)) == example


@pytest.mark.parametrize(("name", "place"), EACH)
def test_our_own_format_keeps_what_was_read_from_any_other(name: str, place: int):
    example = format_named(name).example(RECORDS[name][place])
    racto = format_named("racto")
    assert racto.example(racto.record(example)) == example
    assert format_named(name).record(racto.example(racto.record(example))) == RECORDS[name][place]


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_of_a_record_is_told_by_its_keys(name: str):
    usual = RECORDS[name][0]
    assert detected(usual) == name


@pytest.mark.parametrize("record", [{}, {"prompt": "a", "completion": "b"}, {"messages": "a"}, {"text": "a"}])
def test_what_looks_like_no_format_is_told_so(record: dict[str, object]):
    assert detected(record) is None


def test_blocks_and_schemas_tell_anthropic_from_openai():
    assert detected({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1"}]}]}) == "anthropic"
    assert detected({"messages": [], "tools": [{"name": "f", "input_schema": {}}]}) == "anthropic"
    assert detected({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}) == "openai"


def test_a_picture_a_pdf_and_a_link_are_files_of_the_message():
    message = format_named("openai").example(RECORDS["openai"][-1]).messages[0]
    kinds = [type(part).__name__ for part in message.in_order()]
    assert kinds == ["str", "RactoFile", "FileLink", "FileLink", "FileLink", "RactoFile", "FileLink"]
    picture, chart, *_, pdf, upload = message.attachments
    assert isinstance(picture, RactoFile)
    assert picture.base64_data == PIXEL
    assert chart == FileLink("https://example.org/chart.png", "image/png", "high")
    assert pdf == RactoFile(b"%PDF-1.7", "application/pdf", "a.pdf")
    assert upload == FileLink("file-abc")


def test_unknown_keys_are_told_from_the_wording_of_known_ones():
    example = format_named("openai").example(RECORDS["openai"][4])
    assert unknown_keys(example.extra) == ["metadata"]
    assert unknown_keys(example.messages[2].extra) == ["refusal"]


def test_keys_of_python_are_read_and_written_in_camel_case():
    record = {
        "system_instruction": "Be brief.",
        "contents": [
            {
                "role": "user",
                "parts": [{"inline_data": {"mime_type": "image/png", "data": PIXEL}}, {"file_data": {"file_uri": "gs://a"}}],
            },
            {"role": "model", "parts": {"function_call": {"name": "f", "args": {"inline_data": 1}}}},
            {"role": "user", "parts": [{"function_response": {"name": "f", "response": {"file_data": 2}}}]},
        ],
        "tools": [{"function_declarations": [{"name": "f"}]}],
    }
    written = format_named("vertex").record(format_named("vertex").example(record))
    assert written == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {
                "role": "user",
                "parts": [{"inlineData": {"mimeType": "image/png", "data": PIXEL}}, {"fileData": {"fileUri": "gs://a"}}],
            },
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"inline_data": 1}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"file_data": 2}}}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "f"}]}],
    }


def test_the_system_text_of_gemini_is_never_lost():
    example = format_named("gemini").example(VERTEX[0])
    assert [message.content for message in example.messages[:2]] == ["Be brief.", "Be kind."]
    assert example.to_gemini_dict()["systemInstruction"] == VERTEX[0]["systemInstruction"]
    assert RactoTrainingExample.from_pair("Hi", "Hello", system="Be brief.").to_gemini_dict() == {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"text": "Hello"}]}],
    }


def test_several_system_messages_are_one_text_for_anthropic():
    example = RactoTrainingExample.from_conversation(
        [("system", "Be brief."), ("system", "Be kind."), ("user", "Hi"), ("assistant", "Hello")]
    )
    assert example.to_anthropic_dict()["system"] == "Be brief.\n\nBe kind."
    listed = RactoTrainingMessage("system", "Be brief.", parts=["Be brief."])
    assert RactoTrainingExample([listed, *example.messages[1:]]).to_anthropic_dict()["system"] == [
        {"type": "text", "text": "Be brief."},
        {"type": "text", "text": "Be kind."},
    ]


def test_a_conversation_with_tools_goes_from_openai_to_the_others():
    calls = [TrainingToolCall("weather", '{"city":"Oslo"}', "c1"), TrainingToolCall("weather", '{"city":"Rome"}', "c2")]
    example = RactoTrainingExample(
        [
            RactoTrainingMessage("user", "Where is it colder?"),
            RactoTrainingMessage("assistant", tool_calls=calls),
            RactoTrainingMessage("tool", "4", tool_call_id="c1"),
            RactoTrainingMessage("tool", "19", tool_call_id="c2"),
            RactoTrainingMessage("assistant", "In Oslo."),
        ]
    )
    assert format_named("anthropic").example(example.to_anthropic_dict()) == example
    results = example.to_anthropic_dict()["messages"][2]
    assert [block["tool_use_id"] for block in results["content"]] == ["c1", "c2"]
    contents = format_named("vertex").record(example)["contents"]
    assert [part["functionResponse"]["name"] for part in contents[2]["parts"]] == ["weather", "weather"]
    turns = format_named("sharegpt").record(example)["conversations"]
    assert [turn["from"] for turn in turns] == ["human", "function_call", "observation", "observation", "gpt"]


def test_the_input_of_alpaca_stands_below_the_instruction():
    example = format_named("alpaca").example(RECORDS["alpaca"][1])
    assert example.messages[0].content == "Add the numbers.\n1, 2"
    assert example.to_openai_dict()["messages"][0] == {"role": "user", "content": "Add the numbers.\n1, 2"}


def test_the_documents_picture_record():
    picture = RactoFile(b"\x89PNG", "image/png", name="sales_chart.png")
    example = RactoTrainingExample.from_pair(
        "Describe the trend.", "Revenue grew.", system="Be concise.", user_attachments=[picture]
    )
    assert example.to_openai_dict() == {
        "messages": [
            {"role": "system", "content": "Be concise."},
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                    {"type": "text", "text": "Describe the trend."},
                ],
            },
            {"role": "assistant", "content": "Revenue grew."},
        ]
    }
    assert example.messages[1].to_gemini_parts() == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}},
        {"text": "Describe the trend."},
    ]
    assert example.messages[1].to_anthropic()["role"] == "user"
