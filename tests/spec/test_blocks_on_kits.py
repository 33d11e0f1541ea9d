"""The documents' own code blocks on kits, questions and answers, of all five providers."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel
from spec.originals import KEY, KNOWN_NAMES, Runner, turns

import racto_nb
from racto_nb import openai_developer_kit as gpt
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.testing import FakeProvider, FakeReply
from racto_nb.tools import ToolRegistry

KITS = {"gpt": "openai", "gemini": "google", "claude": "anthropic", "local": "ollama", "hf": "huggingface"}
# OpenAI also counts these; the documents show the first three counts.
MORE = {"cached_tokens": 0, "reasoning_tokens": 0}
OLLAMA = f"""#!{sys.executable}
import os, signal
from racto_nb.testing import FakeProvider
with FakeProvider(["Hello!"], port=int(os.environ["OLLAMA_HOST"].rpartition(":")[2])):
    signal.pause()
"""


class City(BaseModel):
    name: str


def test_block_1_the_quick_start_prints_the_answer(run: Runner):
    ran = run(1, ["Python is a beginner-friendly, high-level programming language."])
    assert ran.printed == ["Python is a beginner-friendly, high-level programming language."]
    (request,) = ran.requests
    assert request.authorized_with(KEY)
    assert request.json["model"] == "gpt-4o"
    assert request.json["messages"] == [
        {"role": "system", "content": ran["prompt"].compile().strip()},
        {"role": "user", "content": "What is Python?"},
    ]


def test_block_6_each_kit_has_its_module(run: Runner):
    names = run(6).names
    for alias in KITS:
        assert names[alias] is KNOWN_NAMES[alias]
        assert issubclass(names[alias].Chat, racto_nb.kits.kit.DeveloperKit)


def test_block_7_ollama_chats_streams_and_embeds_without_a_key(run: Runner):
    ran = run(7, ["Transformers attend to all words at once.", "Indents align in rows"])
    answer, poem_and_numbers = ran.printed
    assert answer == "Transformers attend to all words at once."
    assert poem_and_numbers.startswith("Indents align in rows[")
    assert len(ran["resp"].vectors) == 2
    assert [(request.path, request.json["model"]) for request in ran.requests] == [
        ("/api/chat", "llama3.2"),
        ("/api/chat", "llama3.2"),
        ("/api/embed", "nomic-embed-text"),
    ]
    assert [request.json.get("stream") for request in ran.requests[:2]] == [False, True]
    assert ran.requests[2].json["input"] == ["hello world", "goodbye world"]
    assert "authorization" not in ran.requests[0].headers


def test_block_8_a_server_of_ollama_is_started_asked_and_stopped(run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The program `ollama` is a small one here, and the port a free one."""
    program = tmp_path / "ollama"
    program.write_text(OLLAMA)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(Path(racto_nb.__file__).parents[1]), prepend=os.pathsep)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ran = run(8, replaced={"11500": str(port)})
    assert ran.printed == ["Hello!"]
    assert ran["srv"].base_url == f"http://127.0.0.1:{port}"
    assert not ran["srv"].is_running


def test_block_10_hugging_face_is_asked_with_its_token(run: Runner):
    ran = run(10, ["Attention weighs the words."])
    assert ran.printed == ["Attention weighs the words."]
    (request,) = ran.requests
    assert (request.wire, request.path) == ("huggingface", "/v1/chat/completions")
    assert request.authorized_with("hf_...")
    assert request.json["model"] == "meta-llama/Llama-3.2-3B-Instruct"
    assert turns(request) == [("user", "What is attention in transformers?")]


def test_block_11_a_server_of_ones_own_is_given_by_its_address(run: Runner, prompt: RactoPrompt):
    kit = run(11, prompt=prompt)["kit"]
    assert (kit.model, kit.default_prompt) == ("tgi", prompt)
    assert kit._port.service.base_url.startswith("http://localhost:8080")


@pytest.mark.parametrize("alias", KITS)
def test_block_13_a_kit_is_made_from_a_model_alone(run: Runner, alias: str, server: FakeProvider):
    """The block makes five kits of one name: it is run once for each, whose last one is asked."""
    lines = ["kit = gpt.Chat", "kit = gemini.Chat", "kit = claude.Chat", "kit = local.Chat", "kit = hf.Chat"]
    after = list(KITS).index(alias) + 1
    ran = run(13, ends_before=lines[after] if after < len(lines) else None)
    server._script.replies.append("Hello")
    assert ran["kit"].chat(gpt.ChatConfig(user_message="Hi")).content == "Hello"
    assert server.requests[-1].wire == KITS[alias]


def test_block_14_every_argument_has_its_documented_meaning(run: Runner, prompt: RactoPrompt):
    openai = run(14, ends_before="# Google Gemini", prompt=prompt)["kit"]
    assert openai._port.service.base_url == "https://custom-proxy.com/v1"
    google = run(14, ends_before="# Anthropic Claude", prompt=prompt)["kit"]
    claude = run(14, prompt=prompt)["kit"]
    assert [(kit.provider, kit.model, kit.default_prompt, kit._port.service.key) for kit in (openai, google, claude)] == [
        ("openai", "gpt-4o", prompt, "sk-..."),
        ("google", "gemini-2.0-flash", prompt, "AIza..."),
        ("anthropic", "claude-sonnet-4-6", prompt, "sk-ant-..."),
    ]
    assert openai._settings.embedding_model == "text-embedding-3-small"
    assert google._settings.embedding_model == "text-embedding-004"


def test_block_15_a_question_may_have_everything(run: Runner, prompt: RactoPrompt):
    config = run(15, prompt=prompt, my_tool_registry=ToolRegistry(), MyPydanticModel=City)["config"]
    assert (config.prompt, config.temperature, config.max_tokens) == (prompt, 0.3, 2048)
    assert isinstance(config.tools, ToolRegistry)
    assert (config.response_model, config.extra) == (City, {"top_p": 0.9, "seed": 42})
    assert [(turn.role, turn.content) for turn in config.history] == [
        (gpt.MessageRole.USER, "What is FP?"),
        (gpt.MessageRole.ASSISTANT, "Functional programming is..."),
    ]


def test_block_16_a_message_has_a_role_and_a_text(run: Runner):
    message = run(16)["msg"]
    assert (message.role, message.content) == (gpt.MessageRole.USER, "What is Python?")
    assert message.model_dump(exclude_defaults=True) == {"role": "user", "content": "What is Python?"}


def test_block_17_a_response_has_the_documented_fields(run: Runner):
    with gpt.Chat("gpt-6-luna") as kit:
        response = run(17, [FakeReply.of("4", usage={"prompt_tokens": 42, "completion_tokens": 5})], kit=kit)["response"]
    assert (response.content, response.parsed, response.tool_calls) == ("4", None, [])
    assert response.finish_reason is gpt.FinishReason.STOP
    assert response.usage == {"prompt_tokens": 42, "completion_tokens": 5, "total_tokens": 47} | MORE
    assert response.raw["choices"][0]["message"]["content"] == "4"


@pytest.mark.parametrize("alias", KITS)
def test_block_17_is_the_same_for_every_kit(run: Runner, alias: str):
    """The block names the config `gpt.ChatConfig`, which every kit takes."""
    with KNOWN_NAMES[alias].Chat() as kit:
        response = run(17, [FakeReply.of("4", usage={"prompt_tokens": 42, "completion_tokens": 5})], kit=kit)["response"]
    assert (response.content, response.tool_calls, response.finish_reason) == ("4", [], gpt.FinishReason.STOP)
    assert [response.usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")] == [42, 5, 47]


def test_block_18_json_is_parsed(run: Runner):
    ran = run(18, [FakeReply.of('{"name": "Alice", "age": 30}', usage={"prompt_tokens": 78, "completion_tokens": 12})])
    assert ran["response"].parsed == {"name": "Alice", "age": 30}
    assert ran.printed == [
        '{"name": "Alice", "age": 30}',
        "{'name': 'Alice', 'age': 30}",
        "stop",
        str({"prompt_tokens": 78, "completion_tokens": 12, "total_tokens": 90} | MORE),
    ]
    assert ran.requests[0].json["response_format"] == {"type": "json_object"}


def test_block_28_a_second_turn_takes_the_first_along(run: Runner):
    said = ["def reverse_string(s): ...", "def reverse_string(s: str | None): ..."]
    ran = run(28, said)
    assert ran.printed == said
    assert turns(ran.requests[1]) == [
        ("user", "Write a function to reverse a string in Python."),
        ("assistant", "def reverse_string(s): ..."),
        ("user", "Now make it handle None input gracefully."),
    ]


def test_block_35_three_providers_answer_the_same_code(run: Runner):
    ran = run(35, ["Qubits.", "Superposition.", "Phenomena."])
    assert ran.printed == ["Qubits.", "Superposition.", "Phenomena."]
    openai, google, claude = ran.requests
    system = ran["prompt"].compile().strip()
    question = "What is quantum computing?"
    assert (openai.wire, openai.json["model"]) == ("openai", "gpt-4o")
    assert [turn["content"] for turn in openai.json["messages"]] == [system, question]
    assert (google.wire, google.path) == ("google", "/v1/models/gemini-2.0-flash:generateContent")
    assert google.json["systemInstruction"]["parts"] == [{"text": system}]
    assert google.json["contents"] == [{"role": "user", "parts": [{"text": question}]}]
    assert (claude.wire, claude.json["model"]) == ("anthropic", "claude-sonnet-4-6")
    assert claude.json["messages"] == [{"role": "user", "content": question}]
    assert system in str(claude.json["system"])


@pytest.mark.parametrize("alias", KITS)
def test_block_84_a_question_alone_is_enough_for_every_kit(run: Runner, alias: str):
    with KNOWN_NAMES[alias].Chat() as kit:
        ran = run(84, ["They yield values."], kit=kit)
    assert ran["response"].content == "They yield values."
    (request,) = ran.requests
    assert request.wire == KITS[alias]
    assert "Explain Python generators." in request.body.decode()
