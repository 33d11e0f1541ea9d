"""The documents' own code blocks on files beside a question. Their paths lead to files made here."""

from __future__ import annotations

import ast
import base64
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from spec.originals import KNOWN_NAMES, Runner, originals

from racto_nb.prompts.engine import RactoFile, RactoPrompt
from racto_nb.testing import FakeProvider

PRINTED = {31: "openai", 32: "anthropic", 33: "google"}
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 a very small photo"
CHART = base64.b64encode(b"sales_q4.png").decode()


def test_block_9_ollama_is_shown_a_picture(run: Runner, desk: Path, prompt: RactoPrompt):
    ran = run(9, ["A cat."], replaced={"/tmp/photo.jpg": str(desk / "photo.jpg")}, prompt=prompt)
    assert ran["response"].content == "A cat."
    (request,) = ran.requests
    assert request.json["model"] == "llava"
    assert request.json["messages"][-1] == {
        "role": "user",
        "content": "What's in this image?",
        "images": [base64.b64encode(b"photo.jpg").decode()],
    }


def test_block_29_reads_files_from_paths_bytes_and_a_download(run: Runner, desk: Path, monkeypatch: pytest.MonkeyPatch):
    """`requests` is a module of ours that answers without a network."""
    requests = ModuleType("requests")
    monkeypatch.setattr(requests, "get", lambda url: SimpleNamespace(content=f"of {url}".encode()), raising=False)
    monkeypatch.setitem(sys.modules, "requests", requests)
    ran = run(29, replaced={"/path/to": str(desk)})
    assert {name: ran[name].mime_type for name in ("img", "doc", "txt", "chart", "diagram")} == {
        "img": "image/jpeg",
        "doc": "application/pdf",
        "txt": "text/plain",
        "chart": "image/png",
        "diagram": "image/png",
    }
    assert (ran["img"].data, ran["chart"].data) == (b"photo.jpg", b"chart.png")
    assert ran["diagram"].data == b"of https://example.com/diagram.png"


def test_block_30_makes_the_messages_that_it_shows(run: Runner, desk: Path):
    ran = run(30)
    assert ran["messages"] == [
        {"role": "system", "content": ran["prompt"].compile()},
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{CHART}"}},
                {"type": "text", "text": "What does this chart show?"},
            ],
        },
    ]


@pytest.mark.parametrize("number", PRINTED)
def test_blocks_31_32_33_are_what_each_provider_is_sent(number: int):
    prompt = RactoPrompt(role="You see.", aim="Describe.", constraints=["Be brief."], tone="Calm", output_format="text")
    photo = RactoFile.from_bytes(JPEG, "image/jpeg", name="photo.jpg")
    messages = prompt.to_messages("Describe the image.", attachments=[photo], provider=PRINTED[number])
    assert photo.base64_data.startswith("/9j/4AAQSkZJRgAB")
    fill = {"<compiled RACTO system prompt>": prompt.compile(), "/9j/4AAQSkZJRgAB...": photo.base64_data}
    assert messages == _filled(ast.literal_eval(originals()[number].code), fill)


@pytest.mark.parametrize(
    ("alias", "parts"),
    {
        "gpt": [("image_url", {"url": f"data:image/png;base64,{CHART}"})],
        "hf": [("image_url", {"url": f"data:image/png;base64,{CHART}"})],
        "claude": [("source", {"type": "base64", "media_type": "image/png", "data": CHART})],
        "gemini": [("inlineData", {"mimeType": "image/png", "data": CHART})],
        "local": [],
    }.items(),
)
def test_block_85_a_chart_reaches_every_provider(
    run: Runner, server: FakeProvider, desk: Path, alias: str, parts: list[tuple[str, Any]]
):
    config = run(85)["config"]
    server._script.replies.append("It rises.")
    with KNOWN_NAMES[alias].Chat() as kit:
        assert kit.chat(config).content == "It rises."
    (request,) = server.requests
    asked = request.json["contents" if alias == "gemini" else "messages"][-1]
    if alias == "local":
        assert (asked["content"], asked["images"]) == ("Describe this chart.", [CHART])
    else:
        sent = asked["parts" if alias == "gemini" else "content"]
        assert [(name, part[name]) for part in sent[:-1] for name, _ in parts if name in part] == parts
        assert sent[-1]["text"] == "Describe this chart."


def _filled(value: Any, fill: dict[str, str]) -> Any:
    """Printed messages with real texts in the place of the documents' placeholders."""
    match value:
        case dict():
            return {key: _filled(item, fill) for key, item in value.items()}
        case list():
            return [_filled(item, fill) for item in value]
        case _:
            for placeholder, text in fill.items():
                value = value.replace(placeholder, text)
            return value
