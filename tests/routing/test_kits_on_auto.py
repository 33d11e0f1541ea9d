"""All kits with `model="auto"`: made, asked, described, refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from racto_nb import ToolRegistry
from racto_nb import anthropic_developer_kit as claude
from racto_nb import embedded_developer_kit as embedded
from racto_nb import google_developer_kit as gemini
from racto_nb import huggingface_developer_kit as hf
from racto_nb import ollama_developer_kit as local
from racto_nb import openai_developer_kit as gpt
from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.adapters.openai_kit import OpenAILLMKit
from racto_nb.exceptions import ModelNotFoundError, ReplayMissError, RetiredModelWarning, UnsupportedError, UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Answer
from racto_nb.models import ChatConfig, LLMResponse
from racto_nb.replay import record, replay
from racto_nb.routing import CostAwareRouter, RoutingTier
from racto_nb.testing import FakeFault, FakeKit, FakeProvider, forbid_network

MODELS: dict[Any, tuple[str, str]] = {
    gpt: ("gpt-6-luna", "gpt-6.1-sol"),
    claude: ("claude-haiku-5-5", "claude-opus-5-5"),
    gemini: ("gemini-3.5-flash-lite", "gemini-3.8-flash"),
    local: ("llama3.2", "qwen3"),
    hf: ("meta-llama/Llama-3.2-3B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
    embedded: ("smollm2-135m", "qwen2.5-coder-0.5b"),
}
FACES = pytest.mark.parametrize("face", MODELS, ids=lambda face: face.__name__.rpartition(".")[2])
EMBEDDING_MODELS = {gpt: "text-embedding-3-small", gemini: "gemini-embedding-2", embedded: "all-minilm-l6-v2"}
HARD = ChatConfig(user_message="Analyze and compare both designs.")


def router_of(*models: str) -> CostAwareRouter:
    limits = [30.0, 100.0] if len(models) == 2 else [100.0]
    return CostAwareRouter([RoutingTier(model=name, max_score=most) for name, most in zip(models, limits, strict=True)])


def made(face: Any, router: Any = None, *, server: FakeProvider | None = None) -> DeveloperKit:
    wire = face.Chat.provider
    address = {} if face is embedded or server is None else {"base_url": server.base_url(wire)}
    key = {} if face in (local, embedded) else {"api_key": "sk-of-the-tests"}
    return face.Chat(model="auto", router=router, **key, **address)


@pytest.fixture
def server() -> Iterator[FakeProvider]:
    with FakeProvider(["4"], repeat_last=True) as running:
        yield running


@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_of_the_next_tier_is_replayed_though_the_overload_is_not_recorded(streamed: bool, tmp_path: Path):
    def asked(kit: DeveloperKit, config: ChatConfig) -> LLMResponse:
        return [*kit.stream(config)][-1].response if streamed else kit.chat(config)

    tape, simple = tmp_path / "t.jsonl", ChatConfig(user_message="What is 2+2?")
    router = router_of("gpt-6-luna", "gpt-6.1-sol")
    with FakeProvider([FakeFault(status=529), "4"]) as server:
        kit = gpt.Chat("auto", router=router, api_key="any", base_url=server.base_url("openai"), max_retries=0)
        with closing(kit), record(tape):
            live = asked(kit, simple)
    with closing(kit), replay(tape), forbid_network(allow_loopback=False):
        again = asked(kit, simple)
        with pytest.raises(ReplayMissError, match=r"gpt-6\.1-sol") as caught:
            asked(kit, ChatConfig(user_message="What is 2+3?"))
    assert again.content == live.content == "4"
    assert str(again.route) == str(live.route) == "auto → gpt-6.1-sol (score 0; not gpt-6-luna)"
    assert any("gpt-6-luna" in note for note in caught.value.__notes__)


@FACES
def test_auto_without_a_router_says_what_to_write(face: Any):
    with pytest.raises(UsageError, match=r"Write: Chat\(model=\"auto\", router=CostAwareRouter"):
        made(face)


@FACES
def test_a_kit_on_auto_is_made_and_described(face: Any):
    kit = made(face, router_of(*MODELS[face]))
    with closing(kit):
        assert kit.model == "auto"
        assert (kit.spec.provider, kit.spec.name) == (kit.provider, "auto")
        assert repr(kit).endswith("(model='auto')")


@pytest.mark.parametrize("face", [face for face in MODELS if face is not embedded], ids=lambda face: face.Chat.provider)
def test_a_question_reaches_the_model_of_its_tier(face: Any, server: FakeProvider):
    cheap, able = MODELS[face]
    with made(face, router_of(cheap, able), server=server) as kit:
        answers = [kit.chat(ChatConfig(user_message="What is 2+2?")), kit.chat(HARD)]
    assert [answer.route.model for answer in answers if answer.route] == [cheap, able]
    assert all(name in f"{request.path} {request.json}" for name, request in zip((cheap, able), server.requests, strict=True))


@pytest.mark.model
def test_the_embedded_kit_answers_on_auto():
    with made(embedded, router_of("smollm2-135m")) as kit:
        response = kit.chat(ChatConfig(user_message="Say hi.", max_tokens=5))
    assert (response.route.model, response.model) == ("smollm2-135m", "smollm2-135m")


@pytest.mark.parametrize("face", EMBEDDING_MODELS, ids=lambda face: face.__name__.rpartition(".")[2])
def test_a_tier_that_is_known_not_to_chat_is_refused_when_the_kit_is_made(face: Any):
    with pytest.raises(UnsupportedError, match="is no chat model"):
        made(face, router_of(EMBEDDING_MODELS[face]))


def test_a_tier_that_this_machine_does_not_know_is_refused_when_the_kit_is_made():
    with pytest.raises(ModelNotFoundError, match="smollm2-135m"):
        made(embedded, router_of("smollm-135m"))


def test_a_tier_that_ends_is_warned_of_where_the_kit_is_made():
    with pytest.warns(RetiredModelWarning, match=r"^gpt-4o .*Use gpt-6-luna") as caught:
        made(gpt, router_of("gpt-6-luna", "gpt-4o"))
    assert [warning.filename for warning in caught] == [__file__]


def test_a_kit_with_a_models_name_is_not_warned_of_the_tiers():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gpt.Chat("gpt-6-luna", api_key="k", router=router_of("gpt-4o"))


def test_the_spec_of_auto_is_what_the_tiers_have_in_common():
    tiers = [RoutingTier(model="gpt-5.4-mini", max_score=30), RoutingTier(model="gpt-6.2-astra")]
    able = made(gpt, CostAwareRouter(tiers)).spec.abilities
    assert (able.window, able.output_limit) == (400_000, 128_000)
    assert (able.thinking, able.sampling) == (True, False)
    assert able.documents is None  # known of one of them alone


def test_an_adapter_over_a_kit_on_auto_describes_tools():
    def now() -> str:
        """The time."""
        return "12:00"

    adapter = KitAdapter(made(gpt, router_of(*MODELS[gpt])))
    assert adapter.model == "auto"
    assert adapter.translate_tools(ToolRegistry([now]))[0]["name"] == "now"


def test_an_adapter_takes_a_router_as_its_kit_does(server: FakeProvider):
    address = {"api_key": "sk-of-the-tests", "base_url": server.base_url("openai")}
    with closing(OpenAILLMKit("auto", router=router_of(*MODELS[gpt]), **address)) as adapter:
        assert adapter.run(None, "What is 2+2?").route.model == "gpt-6-luna"


def test_the_reply_of_the_model_is_read_by_its_keys(server: FakeProvider):
    with made(gpt, router_of(*MODELS[gpt]), server=server) as kit:
        response = kit.chat(HARD)
    assert response.raw.model == response.model == "gpt-6.1-sol"


class Chooser:
    """A router of the user's own, which names no models before."""

    def __init__(self, chosen: str) -> None:
        self.chosen = chosen

    def around(self, ask: Any, onward: Any):
        import dataclasses

        return (yield from onward(dataclasses.replace(ask, model=self.chosen)))


def test_a_router_of_ones_own_chooses_too():
    kit = FakeKit(["4"], model="auto", router=Chooser("mine"))
    assert kit.chat(HARD).model == "mine"
    assert kit.spec.abilities.tools is None


def test_a_router_that_chooses_nothing_is_told_so():
    with pytest.raises(UsageError, match='passed a question on to "auto"'):
        FakeKit(["4"], model="auto", router=Chooser("auto")).chat(HARD)


def test_a_step_before_the_router_sees_the_models_that_may_be_asked():
    seen: list[Any] = []

    class Looking:
        def around(self, ask: Any, onward: Any):
            seen.append([spec.name for spec in ask.specs])
            return Answer(LLMResponse(content="known"))
            yield

    kit = FakeKit([], model="auto", router=router_of("a", "b"), exact_cache=Looking())
    assert kit.chat(HARD).content == "known"
    assert seen == [["a", "b"]]
