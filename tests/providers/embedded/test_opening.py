"""One embedded kit's parts: what it refuses when it is made, and what its models can do."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit, list_models
from racto_nb.exceptions import ModelDownloadError, ModelNotFoundError, UnsupportedError, UsageError, WrongTypeError
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.embedded.reporting import SilentReporter

ASK = ChatConfig(user_message="Hi")


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))


@pytest.mark.parametrize("context", [0, -5, 255])
def test_a_context_too_small_for_any_answer_is_refused(context: int):
    with pytest.raises(UsageError, match=f"context={context} is too small.*at least 256"):
        EmbeddedDeveloperKit(context=context)


@pytest.mark.parametrize("threads", [0, -1])
def test_less_than_one_thread_is_refused(threads: int):
    with pytest.raises(UsageError, match=f"threads={threads}"):
        EmbeddedDeveloperKit(threads=threads)


def test_so_many_threads_that_the_process_would_end_are_refused():
    with pytest.raises(UsageError, match=r"threads=100000: at most \d+ on this machine"):
        EmbeddedDeveloperKit(threads=100_000)
    EmbeddedDeveloperKit(threads=8)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"context": "4096"}, "context is a whole number of tokens.*got '4096'"),
        ({"context": True}, "context is a whole number"),
        ({"context": 4096.0}, "context is a whole number"),
        ({"threads": "2"}, "threads is a whole number.*got '2'"),
        ({"memory_limit": "1GB"}, "memory_limit is a whole number of bytes.*got '1GB'"),
        ({"model": None}, "model is the name of a model, a text, not NoneType"),
        ({"embedding_model": 7}, "name of an embedded embedding model is a text"),
    ],
)
def test_an_argument_of_the_wrong_kind_is_refused_when_the_kit_is_made(options: dict[str, Any], said: str):
    with pytest.raises(WrongTypeError, match=said):
        EmbeddedDeveloperKit(**options)


def test_an_unknown_embedding_model_is_refused_when_the_kit_is_made():
    with pytest.raises(ModelNotFoundError, match="no embedded embedding model 'nope'"):
        EmbeddedDeveloperKit(embedding_model="nope")


def test_without_a_context_the_window_is_the_models_default():
    assert EmbeddedDeveloperKit("smollm2-135m").spec.abilities.window == 4096


def test_an_unknown_model_is_refused_with_the_nearest_when_the_kit_is_made():
    with pytest.raises(
        ModelNotFoundError, match=r"no embedded chat model 'qwen2\.5-coder'\. Did you mean .*'qwen2\.5-coder-0\.5b'"
    ):
        EmbeddedDeveloperKit("qwen2.5-coder")


def test_an_embedding_model_cannot_chat():
    with pytest.raises(UnsupportedError, match=r"'all-minilm-l6-v2' is no chat model\. For chat use one of: qwen") as caught:
        EmbeddedDeveloperKit("all-minilm-l6-v2")
    assert (caught.value.provider, caught.value.wish) == ("embedded", "chat")


def test_a_chat_model_cannot_embed():
    with pytest.raises(UnsupportedError, match="'smollm2-135m' is no embedding model"):
        EmbeddedDeveloperKit().embed(EmbeddingConfig(texts=["a"], model="smollm2-135m"))


def test_an_unknown_embedding_model_is_refused_with_the_nearest():
    with pytest.raises(ModelNotFoundError, match="Did you mean 'all-minilm-l6-v2'"):
        EmbeddedDeveloperKit().embed(EmbeddingConfig(texts=["a"], model="minilm-l6"))


@pytest.mark.usefixtures("empty_cache")
def test_making_a_kit_looks_for_nothing_and_starts_nothing():
    before = threading.active_count()
    kit = EmbeddedDeveloperKit(download=False)
    kit.close()
    assert threading.active_count() == before


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("model", ["smollm2-135m", "qwen2.5-coder-0.5b"])
def test_without_permission_nothing_is_fetched_and_the_way_out_is_named(model: str):
    kit = EmbeddedDeveloperKit(model, download=False, reporter=SilentReporter())
    with pytest.raises(ModelDownloadError, match=r"forbids downloads.*racto-nb models download"):
        kit.chat(ASK)
    with pytest.raises(ModelDownloadError, match="forbids downloads"):
        kit.embed(EmbeddingConfig(texts=["a"]))


def test_the_spec_says_what_the_model_can_do():
    spec = EmbeddedDeveloperKit("smollm2-135m", context=1024).spec
    assert (spec.provider, spec.name, spec.free) == ("embedded", "smollm2-135m", True)
    assert (spec.abilities.json_schema, spec.abilities.tools, spec.abilities.window) == (True, False, 1024)


def test_a_window_is_never_larger_than_the_models_own():
    assert EmbeddedDeveloperKit("smollm2-135m", context=100_000).spec.abilities.window == 8192


@pytest.mark.parametrize(
    ("config", "wish"),
    [
        (ChatConfig(user_message="Hi", attachments=[RactoFile(b"x", "image/png", name="a.png")]), "attachment 'a.png'"),
        (ChatConfig(user_message="Hi", native_thinking=True), "native_thinking"),
        (ChatConfig(user_message="Hi", extra={"logit_bias": {}}), "extra['logit_bias']"),
    ],
)
@pytest.mark.usefixtures("empty_cache")
def test_what_the_model_cannot_do_is_refused_before_anything_is_fetched(config: ChatConfig, wish: str):
    with pytest.raises(UnsupportedError) as caught:
        EmbeddedDeveloperKit(download=False).chat(config)
    assert caught.value.wish.startswith(wish)


def test_the_listing_shows_every_model_with_what_it_is_for():
    listed = {row.name: row for row in list_models()}
    assert {"smollm2-135m", "qwen2.5-coder-0.5b", "all-minilm-l6-v2"} <= set(listed)
    assert listed["all-minilm-l6-v2"].kind == "embedding"
    assert "98 MB, Apache-2.0." in listed["smollm2-135m"].about


@pytest.mark.usefixtures("empty_cache")
def test_a_model_that_is_not_here_is_not_ready():
    assert not any(row.ready for row in list_models())
