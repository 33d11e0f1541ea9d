"""How a conversation is shortened: windows by name, room for the answer, counters, wrong values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from racto_nb.exceptions import WrongTypeError
from racto_nb.models import ChatConfig
from racto_nb.truncation import DEFAULT_CONTEXT_LIMIT, MODEL_CONTEXT_LIMITS, TokenTruncator, TruncationConfig

DOCUMENTED = {
    "gpt-4o": 128_000,
    "gpt-4o-mini": 128_000,
    "gpt-4o-2024-08-06": 128_000,
    "gpt-4-turbo": 128_000,
    "gpt-4-turbo-2024-04-09": 128_000,
    "gpt-4": 8_192,
    "gpt-3.5-turbo": 16_385,
    "gemini-2.0-flash": 1_048_576,
    "gemini-2.0-flash-exp": 1_048_576,
    "gemini-1.5-pro": 2_097_152,
    "gemini-1.5-pro-002": 2_097_152,
    "claude-opus-4-1": 200_000,
    "claude-haiku-4-5-20251001": 200_000,
    "claude-3-opus-20240229": 200_000,
}
OTHERS = {
    "gpt-6-luna": 1_050_000,
    "claude-opus-5-5": 1_000_000,
    "claude-of-next-year": 200_000,
    "gpt-6.9-of-next-year": 1_050_000,
    "models/gemini-9-flash": 1_048_576,
    "ft:gpt-4o-2024-08-06:us::abc": 128_000,
    "a-model-of-ours": DEFAULT_CONTEXT_LIMIT,
    "text-of-gpt-4o": DEFAULT_CONTEXT_LIMIT,
}


@pytest.mark.parametrize(("model", "window"), [*DOCUMENTED.items(), *OTHERS.items()])
def test_a_window_is_known_by_the_name_or_the_family(model: str, window: int):
    assert TruncationConfig().resolve_limit(model) == window


def test_the_families_of_the_documents_are_there():
    wanted = {"gpt-4o", "gpt-4o-*", "gpt-4-turbo*", "gpt-4", "gpt-3.5-turbo", "gemini-2.0-flash*", "gemini-1.5-pro*", "claude-*"}
    assert wanted <= set(MODEL_CONTEXT_LIMITS)


def test_the_users_catalogue_goes_before_the_family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "mine.toml"
    path.write_text('[anthropic]\n"claude-of-next-year" = { window = 2_000_000 }\n')
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(path))
    assert TruncationConfig().resolve_limit("claude-of-next-year") == 2_000_000


def test_a_window_that_is_given_goes_before_all():
    assert TruncationConfig(max_context_tokens=1000).resolve_limit("gpt-4o") == 1000


def test_the_defaults_are_the_documented_ones():
    ours = TruncationConfig()
    assert (ours.max_context_tokens, ours.keep_first_n, ours.keep_last_n, ours.safety_margin) == (None, 2, 6, 512)
    assert TruncationConfig(token_counter=None) == ours


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_context_tokens": 0},
        {"keep_first_n": -1},
        {"keep_last_n": -1},
        {"safety_margin": -1},
        {"token_counter": "tiktoken"},
        {"keep_last": 3},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValidationError):
        TruncationConfig(**wrong)


def test_a_misspelt_field_is_told_the_nearest():
    with pytest.raises(ValidationError, match="Did you mean 'keep_last_n'"):
        TruncationConfig(keep_lst_n=3)  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("tokens", ["three", 2.5, True, -1, None])
def test_a_counter_that_counts_nothing_is_told_so(tokens: Any):
    with pytest.raises(WrongTypeError, match="a whole number of tokens"):
        TokenTruncator(TruncationConfig(token_counter=lambda text: tokens)).estimate_tokens("a")


def test_a_truncator_takes_a_config_only():
    with pytest.raises(WrongTypeError, match="takes a TruncationConfig, not dict"):
        TokenTruncator({"keep_last_n": 3})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("fields", "window", "limit", "room"),
    [
        ({}, 128_000, None, 4096),
        ({}, 4096, None, 2048),
        ({"max_tokens": 4000}, 4096, None, 4000),
        ({"max_tokens": 100_000}, 128_000, 16_384, 16_384),
        ({"native_thinking": True}, 128_000, None, 14_096),
        ({"native_thinking": True}, 16_000, None, 8_000),
        ({"native_thinking": True, "thinking_budget": 9_000}, 16_000, None, 13_096),
    ],
)
def test_the_room_for_the_answer_is_what_it_may_have(fields: dict[str, Any], window: int, limit: int | None, room: int):
    assert TruncationConfig().room_of(ChatConfig(user_message="Hi", **fields), window, limit) == room


@pytest.mark.parametrize(("config", "window", "margin"), [({}, 8192, 512), ({}, 1000, 125), ({"safety_margin": 512}, 1000, 512)])
def test_the_default_margin_is_small_in_a_small_window(config: dict[str, int], window: int, margin: int):
    assert TruncationConfig(**config).margin_of(window) == margin


def test_a_truncator_is_shown_with_what_it_keeps():
    assert repr(TokenTruncator()) == "TokenTruncator(first 2, last 6)"
    assert repr(TokenTruncator(TruncationConfig(max_context_tokens=4000))) == "TokenTruncator(first 2, last 6, window 4,000)"
