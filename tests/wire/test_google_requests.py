"""The same requests built with the types of Google's own SDK: what we send is what it sends, but for the case of names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from google.genai import types
from wire.answer_models import Trip, Weather
from wire.google_kit import google_wire
from wire.google_sdk import embedding_sent_by_the_sdk, sent_by_the_sdk
from wire.test_wires import CaseTool, CaseTools

from racto_nb.models import ChatConfig, EmbeddingConfig, Message
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.schemas import schema_of
from racto_nb.providers.google.schemas import gemini_schema

PNG, PDF = b"\x89PNG", b"%PDF-1.7"
CITY = {"type": "object", "properties": {"the_city": {"type": "string"}}, "required": ["the_city"]}
TOOL = CaseTool({"name": "weather", "description": "The weather.", "parameters": CITY})


def sent(model: str = "gemini-3.8-flash", **given: Any) -> dict[str, Any]:
    wire, specs, name = google_wire({"model": model})
    config = ChatConfig(user_message="Hi", **given)
    return dict(wire.request_from(config, specs.chat_spec(name), stream=False).arguments)


def said(role: str, *parts: types.Part) -> types.Content:
    return types.Content(role=role, parts=list(parts))


def text(words: str) -> types.Part:
    return types.Part(text=words)


def test_turns_files_and_the_system_instruction():
    history = [
        Message(role="system", content="Be brief."),
        Message(role="user", content="A"),
        Message(role="assistant", content="B"),
    ]
    files = [RactoFile(PNG, "image/png", name="a.png"), RactoFile(PDF, "application/pdf", name="a.pdf")]
    contents = [
        said("user", text("A")),
        said("model", text("B")),
        said("user", types.Part.from_bytes(data=PNG, mime_type="image/png"), types.Part.from_bytes(data=PDF, mime_type="application/pdf"), text("Hi")),
    ]  # fmt: skip
    config = types.GenerateContentConfig(system_instruction="Be brief.", max_output_tokens=14096)
    assert sent(history=history, attachments=files) == sent_by_the_sdk(contents, config)


def test_settings_of_the_generation():
    extra = {"seed": 7, "stop": ["X"], "top_p": 0.5, "top_k": 3, "frequency_penalty": 0.1, "presence_penalty": 0.2}
    config = types.GenerateContentConfig(
        max_output_tokens=50, temperature=0.5, seed=7, stop_sequences=["X"], top_p=0.5, top_k=3, frequency_penalty=0.1, presence_penalty=0.2
    )  # fmt: skip
    assert sent("gemini-2.0-flash", max_tokens=50, temperature=0.5, extra=extra) == sent_by_the_sdk(
        [said("user", text("Hi"))], config
    )


def test_thinking_as_a_level_and_as_tokens():
    level = types.ThinkingConfig(include_thoughts=True, thinking_level=types.ThinkingLevel.LOW)
    config = types.GenerateContentConfig(max_output_tokens=4596, thinking_config=level)
    assert sent(native_thinking=True, thinking_budget=500) == sent_by_the_sdk([said("user", text("Hi"))], config)
    tokens = types.ThinkingConfig(include_thoughts=True, thinking_budget=500)
    config = types.GenerateContentConfig(max_output_tokens=4596, temperature=0.0, thinking_config=tokens)
    assert sent("gemini-2.5-flash-lite", native_thinking=True, thinking_budget=500) == sent_by_the_sdk(
        [said("user", text("Hi"))], config
    )


def test_tools_and_which_of_them_may_be_called():
    declared = types.FunctionDeclaration(name="weather", description="The weather.", parameters_json_schema=CITY)
    calling = types.FunctionCallingConfig(mode=types.FunctionCallingConfigMode.ANY, allowed_function_names=["weather"])
    config = types.GenerateContentConfig(
        max_output_tokens=14096,
        tools=[types.Tool(function_declarations=[declared])],
        tool_config=types.ToolConfig(function_calling_config=calling),
    )
    choice = {"type": "function", "function": {"name": "weather"}}
    assert sent(tools=CaseTools([TOOL]), extra={"tool_choice": choice}) == sent_by_the_sdk([said("user", text("Hi"))], config)


def test_a_response_model_as_a_json_schema():
    for model in (Weather, Trip):
        body = sent(response_model=model)
        schema = gemini_schema(schema_of(model))
        config = types.GenerateContentConfig(
            max_output_tokens=14096,
            system_instruction=body["systemInstruction"]["parts"][0]["text"],
            response_mime_type="application/json",
            response_json_schema=schema,
        )
        assert body == sent_by_the_sdk([said("user", text("Hi"))], config)


def test_settings_beside_the_generation():
    setting = types.SafetySetting(
        category=types.HarmCategory.HARM_CATEGORY_HATE_SPEECH, threshold=types.HarmBlockThreshold.BLOCK_ONLY_HIGH
    )
    config = types.GenerateContentConfig(
        max_output_tokens=14096, safety_settings=[setting], cached_content="cachedContents/1", store=False
    )
    extra = {
        "safety_settings": [setting.model_dump(mode="json", exclude_none=True)],
        "cached_content": "cachedContents/1",
        "store": False,
    }
    assert sent(extra=extra) == sent_by_the_sdk([said("user", text("Hi"))], config)


def test_texts_to_embed_are_a_content_each():
    wire, specs, _ = google_wire({})
    for model in ("gemini-embedding-2", "gemini-embedding-001"):
        spec = replace(specs.embedding_spec(model))
        ours = wire.embed_request_from(EmbeddingConfig(texts=["a", "b"], dimensions=3), spec)
        contents = [types.Content(parts=[text("a")]), types.Content(parts=[text("b")])]
        theirs = embedding_sent_by_the_sdk(contents, types.EmbedContentConfig(output_dimensionality=3), model=model)
        assert dict(ours.arguments) == theirs


def test_a_task_and_a_title_stand_where_the_sdk_puts_them():
    wire, specs, model = google_wire({"model": "gemini-embedding-001"})
    config = EmbeddingConfig(texts=["a"], extra={"task_type": "RETRIEVAL_DOCUMENT", "title": "Notes"})
    ours = wire.embed_request_from(config, specs.embedding_spec(model))
    told = types.EmbedContentConfig(task_type="RETRIEVAL_DOCUMENT", title="Notes")
    assert dict(ours.arguments) == embedding_sent_by_the_sdk([types.Content(parts=[text("a")])], told, model=model)
