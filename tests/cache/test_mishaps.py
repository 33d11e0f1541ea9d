"""What happens to caches from outside: files that go, half characters, recordings, forks; and what a hit leaves in the ledger."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from colours import COLOURS, Colour
from pydantic import BaseModel, create_model

from racto_nb import ledger
from racto_nb.cache import CacheWarning, DiskCache, ExactMatchCache, SemanticCache
from racto_nb.exceptions import WrongTypeError
from racto_nb.kits import flows
from racto_nb.kits.calling import Calling, Surroundings
from racto_nb.kits.fingerprint import fingerprint
from racto_nb.kits.middleware import Ask
from racto_nb.models import ChatConfig, LLMResponse
from racto_nb.ollama_developer_kit import OllamaDeveloperKit
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.replay import record, replay
from racto_nb.replay.keeping import Mode
from racto_nb.testing import FakeKit, FakeProvider

ASK = ChatConfig(user_message="Hi")
HALF = "half \ud83d"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "answers.sqlite3"


def test_a_file_that_was_removed_is_made_again_with_the_next_answer(place: Path):
    with DiskCache(place) as cache:
        cache.put("old", LLMResponse(content="old"))
        shutil.rmtree(place.parent)
        cache.put("new", LLMResponse(content="new"))
        assert (len(cache), "old" in cache) == (1, False)
    with DiskCache(place) as cache:
        assert cache.get("new").content == "new"


@pytest.mark.parametrize(
    "use",
    [
        lambda cache: cache.get(HALF),
        lambda cache: cache.put(HALF, LLMResponse(content="whole")),
        lambda cache: cache.invalidate(HALF),
        lambda cache: cache.put("key", LLMResponse(content=HALF)),
    ],
    ids=["get", "put", "invalidate", "content"],
)
def test_half_a_character_that_no_file_takes_is_told(place: Path, use: Callable[[DiskCache], object]):
    with DiskCache(place) as cache, pytest.raises(WrongTypeError, match=r"half a character|surrogates"):
        use(cache)


def test_an_answer_with_half_a_character_is_given_and_not_kept(place: Path):
    with DiskCache(place) as cache:
        kit = FakeKit([HALF, "whole"], exact_cache=cache)
        with pytest.warns(CacheWarning, match="could not keep an answer"):
            assert kit.chat(ASK).content == HALF
        assert kit.chat(ASK).content == "whole"


@pytest.mark.parametrize("mode", ["record", "auto"])
@pytest.mark.parametrize("warm", [True, False])
def test_a_recording_is_whole_whatever_a_cache_holds_and_is_replayed_in_the_same_way(tmp_path: Path, mode: Mode, warm: bool):
    cache = ExactMatchCache()
    kit = FakeKit(["one", "two", "three"], exact_cache=cache)
    if warm:
        kit.chat(ASK)
    with replay(tmp_path / "tape.jsonl", mode=mode) as tape:
        live = [kit.chat(ASK).content for _ in range(2)]
    assert (tape.recorded, len(cache)) == (2, warm)
    with replay(tmp_path / "tape.jsonl"):
        again = [kit.chat(ASK) for _ in range(2)]
    assert ([answer.content for answer in again], {answer.origin for answer in again}) == (live, {"replay"})


def test_a_semantic_cache_stands_aside_from_a_recording_too(tmp_path: Path):
    kit = FakeKit(["one", "two"], semantic_cache=SemanticCache(lambda text: [1.0]))
    with record(tmp_path / "tape.jsonl") as tape:
        kit.chat(ASK), kit.chat(ASK)
    assert tape.recorded == 2


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
@pytest.mark.parametrize("origin", ["exact", "semantic"])
def test_a_known_answer_is_a_row_that_costs_nothing_and_says_what_it_saved(colour: Colour, origin: str, tmp_path: Path):
    step = {"exact_cache": ExactMatchCache()} if origin == "exact" else {"semantic_cache": SemanticCache(lambda text: [1.0])}
    book = ledger.Ledger(tmp_path / "ledger")
    with (
        FakeProvider(["Four."], repeat_last=True) as server,
        OpenAIDeveloperKit("gpt-6-luna", api_key="sk-1", base_url=server.base_url("openai"), **step) as kit,
    ):
        around = Surroundings(ledger=book.port)
        for _ in range(2):
            colour.run(flows.chat(kit._provider, kit._settings, ASK, around))
    (fresh, *_), (name, price, saved_tokens, requests) = book.frame().select("origin", "price", "saved_tokens", "requests").rows()
    assert (fresh, name, price, requests) == ("fresh", origin, Decimal(0), 0)
    assert saved_tokens > 0


def test_classes_of_one_name_have_answers_of_their_own():
    cache = ExactMatchCache()
    kit = FakeKit(['{"year": 1999}', '{"title": "Alien"}'], exact_cache=cache)
    for fields in ({"year": (int, ...)}, {"title": (str, ...)}):
        model = create_model("Movie", **fields)
        assert isinstance(kit.chat(ChatConfig(user_message="Hi", response_model=model)).parsed_model, model)
    assert cache.stats.misses == 2


def test_a_question_that_was_asked_twice_until_it_was_valid_is_known_by_its_first_words():
    class Movie(BaseModel):
        title: str

    cache = ExactMatchCache()
    kit = FakeKit(["{}", '{"title": "Alien"}', "wrong"], exact_cache=cache)
    config = ChatConfig(user_message="Hi", response_model=Movie)
    first, second = kit.chat(config), kit.chat(config)
    assert (second.parsed_model, second.origin, second.messages) == (first.parsed_model, "exact", first.messages)
    assert (len(kit.calls), len(cache)) == (2, 1)


def test_a_value_without_a_name_costs_the_question_its_cache_and_is_told_once():
    cache = ExactMatchCache()
    kit = FakeKit(["one", "two"], exact_cache=cache)
    config = ASK.model_copy(update={"extra": {"seed": object()}})
    with pytest.warns(CacheWarning, match="has no key") as told:
        answers = [kit.chat(config).content for _ in range(2)]
    assert (answers, len(told), len(cache)) == (["one", "two"], 1, 0)


def test_windows_of_other_lengths_have_answers_of_their_own():
    def name(**options: object) -> str:
        with OllamaDeveloperKit("llama3.2", **options) as kit:
            return fingerprint(flows._ask(Calling(kit._provider, kit._settings), ASK, streamed=False))

    names = [name(), name(num_ctx=2048), name(num_ctx=8192), name(on_truncation="warn"), name(num_ctx=2048, on_truncation="warn")]
    assert len(set(names)) == len(names)
    assert name() == name(num_ctx=None)
    assert fingerprint(Ask("a", "b", ASK, streamed=False)) != fingerprint(Ask("a", "b", ASK, streamed=False, settings="c"))


def test_what_is_no_key_and_no_answer_is_told_as_what_it_is():
    cache = ExactMatchCache()
    with pytest.raises(WrongTypeError, match="keeps LLMResponses, not str"):
        cache.put("key", "a text")
    for wrong in (lambda: cache.get(5), lambda: cache.get(None), lambda: cache.get("a", model="m")):
        with pytest.raises(WrongTypeError, match="asked with one key"):
            wrong()
