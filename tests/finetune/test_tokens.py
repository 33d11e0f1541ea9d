"""How the tokens of examples are counted: exactly where a vocabulary is at hand, and never by a download."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st
from tiktoken import registry

from racto_nb.exceptions import WrongTypeError
from racto_nb.finetune import FileLink, RactoTrainingExample, RactoTrainingMessage, TrainingTool, TrainingToolCall, vocabularies
from racto_nb.finetune.tokens import TokenCounter, is_all_text, token_counts

PAIR = RactoTrainingExample.from_pair("What is a list?", "An ordered sequence.", system="Be brief.")
OF_BYTES = tiktoken.Encoding(
    "bytes",
    pat_str=r"[\s\S]",
    mergeable_ranks={bytes([each]): each for each in range(256)},
    special_tokens={"<|endoftext|>": 256},
)
LENGTHS = sum(len(message.role) + len(message.content) for message in PAIR.messages)


@pytest.fixture
def nothing_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """tiktoken with no vocabulary in its memory and an empty folder for its files."""
    monkeypatch.setattr(registry, "ENCODINGS", {})
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_a_message_has_three_tokens_around_it_and_a_conversation_three():
    assert token_counts([PAIR], encoding=OF_BYTES) == [LENGTHS + 3 * 3 + 3]


def test_a_name_has_one_token_more():
    named = RactoTrainingExample((RactoTrainingMessage("user", "Hi", name="Ann"),))
    assert TokenCounter(encoding=len).example(named) == len("user") + len("Hi") + len("Ann") + 1 + 3 + 3


def test_special_tokens_in_a_text_are_counted_as_text():
    assert TokenCounter(encoding=OF_BYTES).text("<|endoftext|>") == 13


def test_without_a_vocabulary_nothing_is_downloaded_and_the_count_says_that_it_is_an_estimate(nothing_loaded: Path):
    counter = TokenCounter("gpt-4o-mini-2024-07-18")
    assert (counter.exact, counter.name) == (False, "estimate: 4 bytes a token")
    assert list(nothing_loaded.iterdir()) == []


def test_a_damaged_vocabulary_is_not_taken_for_one(nothing_loaded: Path):
    key = hashlib.sha1(b"https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken").hexdigest()
    (nothing_loaded / key).write_bytes(b"half of it")
    assert not TokenCounter("gpt-4o").exact
    assert (nothing_loaded / key).exists()


def test_a_vocabulary_in_the_folder_of_tiktoken_counts_exactly(nothing_loaded: Path, monkeypatch: pytest.MonkeyPatch):
    lines = b"".join(base64.b64encode(bytes([each])) + b" %d\n" % each for each in range(256))
    checksum = hashlib.sha256(lines).hexdigest()
    key = hashlib.sha1(b"https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken").hexdigest()
    (nothing_loaded / key).write_bytes(lines)
    monkeypatch.setitem(vocabularies._FILES, "o200k_base", ("o200k_base", checksum))
    monkeypatch.setattr("tiktoken_ext.openai_public.load_tiktoken_bpe", _loaded_unchecked)
    registry._find_constructors()
    counter = TokenCounter("ft:gpt-4.1-mini-2025-04-14:org::a1")
    assert (counter.exact, counter.name, counter.text("ab")) == (True, "o200k_base", 2)


def _loaded_unchecked(url: str, expected_hash: str) -> dict[bytes, int]:
    from tiktoken.load import load_tiktoken_bpe

    return load_tiktoken_bpe(url)


@pytest.mark.parametrize(
    ("model", "name"),
    [("gpt-4o", "o200k_base"), ("ft:gpt-4.1-nano-2025-04-14:o::x", "o200k_base"), ("gpt-4", "cl100k_base"), ("claude-3", None)],
)
def test_a_tuned_model_reads_as_its_base(model: str, name: str | None):
    assert vocabularies.name_for_model(model) == name


def test_tools_calls_and_files_are_counted_and_make_an_example_more_than_text():
    call = RactoTrainingMessage("assistant", tool_calls=(TrainingToolCall.of("weather", {"city": "Oslo"}),))
    called = RactoTrainingExample((*PAIR.messages, call), tools=(TrainingTool("weather", "The weather."),))
    low, high = (
        RactoTrainingExample((RactoTrainingMessage("user", "", (FileLink("https://x.org/a.png", "image/png", detail=how),)),))
        for how in ("low", "high")
    )
    counts = token_counts([PAIR, called, low, high])
    assert counts[1] > counts[0] + 30
    assert counts[3] > counts[2] > 85
    assert [is_all_text(each) for each in (PAIR, called, low)] == [True, False, False]


def test_both_answers_of_a_preference_pair_are_counted():
    answer = (RactoTrainingMessage("assistant", "Yes."),)
    pair = RactoTrainingExample(PAIR.messages[:2], preferred=answer, rejected=answer)
    assert TokenCounter().example(pair) == TokenCounter().example(RactoTrainingExample((*pair.messages, *answer, *answer)))


def test_what_cannot_count_is_refused():
    with pytest.raises(WrongTypeError, match="encode"):
        TokenCounter(encoding=3)  # pyright: ignore[reportArgumentType]


@given(st.text())
def test_the_estimate_is_a_quarter_of_the_bytes_rounded_up(text: str):
    assert TokenCounter().text(text) == -(-len(text.encode()) // 4)
