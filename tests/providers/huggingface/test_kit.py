"""The Hugging Face kit: addresses, tokens and where they go, models that are being loaded, embeddings at the router."""

from __future__ import annotations

import re
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb import huggingface_developer_kit as hf
from racto_nb.exceptions import (
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    UsageError,
    WrongTypeError,
)
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.providers.http_port import HttpPort
from racto_nb.providers.huggingface.addresses import is_router, takes_grammar
from racto_nb.providers.huggingface.client import hugging_face_service
from racto_nb.providers.huggingface.opening import HuggingFaceSpecs, open_provider
from racto_nb.providers.huggingface.request import chat_body
from racto_nb.providers.huggingface.wire import HuggingFaceWire
from racto_nb.providers.wire import Abilities, ModelSpec, Provider
from racto_nb.testing import FakeFault, FakeProvider

KEY = "hf_abcdefghijklmnopqrstuvwxyz"
ASK = ChatConfig(user_message="Hi")
ROUTER = "https://router.huggingface.co/v1"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HUGGINGFACE_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def opened(base_url: str | None, api_key: str | None = None) -> tuple[str, str]:
    """The address and the token with which a kit asks."""
    with hf.Chat(base_url=base_url, api_key=api_key) as kit:
        return kit._port.service.base_url, kit._port.service.key


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (None, ROUTER),
        ("http://localhost:8080", "http://localhost:8080/v1"),
        ("http://localhost:8080/v1/", "http://localhost:8080/v1"),
        ("https://x.endpoints.huggingface.cloud", "https://x.endpoints.huggingface.cloud/v1"),
        ("http://box/models/m/v1", "http://box/models/m/v1"),
    ],
)
def test_an_address_ends_as_the_servers_have_it(given: str | None, address: str):
    assert opened(given, KEY) == (address, KEY)


@pytest.mark.parametrize("wrong", ["localhost:8080", "ftp://box", "http://", "http://box:port", "http://a b"])
def test_what_is_no_address_is_told(wrong: str):
    with pytest.raises(UsageError, match="is no address"):
        opened(wrong, KEY)


def test_the_address_of_an_endpoint_is_told():
    with pytest.raises(UsageError, match="Leave out '/chat/completions'"):
        opened("http://box/v1/chat/completions", KEY)


@pytest.mark.parametrize(
    ("address", "router", "grammar"),
    [
        (ROUTER, True, False),
        ("https://router.huggingface.co/hf-inference/models/owner/model/v1", False, True),
        ("https://x.us-east-1.aws.endpoints.huggingface.cloud/v1", False, True),
        ("http://localhost:8000/v1", False, False),
    ],
)
def test_what_a_server_is_is_seen_from_its_address(address: str, router: bool, grammar: bool):
    assert (is_router(address), takes_grammar(address)) == (router, grammar)


def test_the_form_of_a_schema_may_be_said():
    def grammar(**options: Any) -> bool:
        provider, _ = open_provider(api_key=KEY, **({"base_url": None, "grammar": "auto"} | options))
        return provider.wire.grammar

    assert grammar(base_url="http://localhost:8080", grammar="tgi")
    assert not grammar(base_url="https://x.endpoints.huggingface.cloud", grammar="json_schema")
    with pytest.raises(UsageError, match="grammar is 'auto', 'json_schema' or 'tgi', not 'gbnf'"):
        grammar(grammar="gbnf")


@pytest.mark.parametrize(
    ("address", "goes"),
    [
        (ROUTER, True),
        ("https://x.endpoints.huggingface.cloud/v1", True),
        ("http://127.0.0.1:8080/v1", True),
        ("http://router.huggingface.co/v1", False),  # anyone could read it on the way
        ("https://huggingface.co.example.com/v1", False),
        ("https://example.com/v1", False),
    ],
)
def test_a_token_of_the_environment_goes_to_hugging_face_and_to_this_machine_only(
    address: str, goes: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HF_TOKEN", KEY)
    assert opened(address, "hf_given")[1] == "hf_given"
    if not goes and is_router(address):
        with pytest.raises(RactoGatewayAuthError):
            opened(address)
        return
    assert opened(address)[1] == (KEY if goes else "")


def test_the_tokens_are_looked_for_in_their_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HUGGINGFACE_TOKEN", "hf_other\n")
    monkeypatch.setenv("HF_TOKEN", " ")
    assert opened(ROUTER)[1] == "hf_other"
    monkeypatch.setenv("HF_TOKEN", KEY)
    assert opened(ROUTER)[1] == KEY


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_token_for_the_router_it_is_told_where_it_may_come_from(key: str | None):
    with pytest.raises(RactoGatewayAuthError) as caught:
        hf.Chat(api_key=key)
    for words in ("HF_TOKEN", "api_key=", "embedded"):
        assert words in str(caught.value)


def test_a_token_that_cannot_be_one_is_refused_without_showing_it():
    with pytest.raises(RactoGatewayAuthError, match="Copy it again") as caught:
        hf.Chat(api_key=f"{KEY}\nx")
    assert KEY not in str(caught.value)
    with pytest.raises(WrongTypeError, match="api_key is a text"):
        hf.Chat(api_key=7)  # pyright: ignore[reportArgumentType]


def test_a_server_that_wants_a_token_and_got_none_names_the_variable():
    with FakeProvider(["no"], keys=[KEY]) as server:
        with hf.Chat(base_url=server.base_url("huggingface")) as kit, pytest.raises(RactoGatewayAuthError, match="HF_TOKEN"):
            kit.chat(ASK)
        assert server.requests[0].authorized_with(KEY) is False


def test_a_model_that_is_being_loaded_is_waited_for_as_long_as_it_says():
    loading = FakeFault(status=503, body={"error": "Model owner/model is currently loading", "estimated_time": 0.01})
    with FakeProvider([loading, "Hello"]) as server, hf.Chat(base_url=server.base_url("huggingface")) as kit:
        assert kit.chat(ASK).content == "Hello"
        assert len(server.requests) == 2
    long = FakeFault(status=503, body={"error": "Model owner/model is currently loading", "estimated_time": 90.0})
    with FakeProvider([long]) as server, hf.Chat(base_url=server.base_url("huggingface")) as kit:
        with pytest.raises(RactoGatewayAPIError, match=r"currently loading\. It asks to wait 90 seconds"):
            kit.chat(ASK)
        assert len(server.requests) == 1


def test_no_more_is_asked_for_than_the_model_can_write():
    spec = ModelSpec("huggingface", "o/n", Abilities(output_limit=5000))
    config = ChatConfig(user_message="Hi", native_thinking=True, thinking_budget=2000)
    assert chat_body(config, spec, grammar=False, stream=False)["max_tokens"] == 5000


ERRORS = {
    "a text": ({"error": "Something went wrong"}, "Something went wrong"),
    "an object": ({"error": {"message": "Bad words", "type": "x"}}, "Bad words"),
    "a message": ({"message": "Bad words", "error_type": "x", "code": 5}, "Bad words"),
    "a list": ({"error": ["Bad", "words"]}, "Bad words"),
    "another shape": ({"detail": 1}, '{"detail":1}'),
}


@pytest.mark.parametrize(("body", "says"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_of_any_shape_is_told(body: Any, says: str):
    with FakeProvider([FakeFault(status=422, body=body)]) as server, hf.Chat(base_url=server.base_url("huggingface")) as kit:
        with pytest.raises(RactoGatewayAPIError, match=re.escape(says)) as caught:
            kit.chat(ASK)
        assert caught.value.status_code == 422


def test_a_model_that_is_not_there_says_how_names_are_written():
    says = "Names are written 'owner/model'"
    with FakeProvider(unknown_models=["m"]) as server, hf.Chat("m", base_url=server.base_url("huggingface")) as kit:
        with pytest.raises(ModelNotFoundError, match=says):
            kit.chat(ASK)
        assert len(server.requests) == 1


def test_the_router_embeds_by_feature_extraction():
    with FakeProvider() as server:
        root = server.base_url("huggingface")
        port = HttpPort(hugging_face_service(f"{root}/v1", KEY), lists=True)
        wire = HuggingFaceWire(hf.Chat(api_key=KEY)._provider.wire.account, root)
        kit = DeveloperKit(
            Provider("huggingface", wire, port, port, HuggingFaceSpecs()), KitSettings(model="m", embedding_model="o/n")
        )
        config = EmbeddingConfig(texts=[f"text {number}" for number in range(130)])
        vectors = kit.embed(config).vectors
        assert [vector.index for vector in vectors] == list(range(130))
        assert len(run_unblocked(kit.aembed(config)).vectors) == 130
        port.close()
        assert server.requests[0].path == "/hf-inference/models/o/n/pipeline/feature-extraction"
        assert len(server.requests) == 4  # 128 texts in one request


def test_a_server_on_this_machine_is_free_and_the_router_is_official():
    here, there = hf.Chat(base_url="http://localhost:8080").spec, hf.Chat("o/n:groq", api_key=KEY).spec
    assert (here.free, here.official, there.free, there.official) == (True, False, False, True)


def test_the_token_is_in_no_repr():
    kit = hf.Chat(api_key=KEY)
    for thing in (kit, kit._provider, kit._port, kit.spec):
        assert KEY not in repr(thing)
