"""The embedded wire beyond its cases (tests/wire/embedded): grammars of labels, folding, vectors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import EngineError, RactoGatewayTimeoutError, UnsupportedError, UsageError
from racto_nb.models import ChatConfig, EmbeddingConfig, FinishReason, Message
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.embedded.engine import EngineRefusedError
from racto_nb.providers.embedded.extras import _RULES, EXTRAS
from racto_nb.providers.embedded.wire import EmbeddedVectors, EmbeddedWire, label_grammar
from racto_nb.providers.wire import Abilities, ModelSpec

SPEC = ModelSpec("embedded", "tiny")
WIRE = EmbeddedWire()
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def sentences(grammar: str) -> list[str]:
    """The literals of a grammar `root ::= "…" | "…"`, read as the engine's parser reads them."""
    assert grammar.startswith("root ::= ")
    literal = re.compile(r'"((?:[^"\\]|\\.)*)"(?: \| )?', re.DOTALL)
    found, place = [], len("root ::= ")
    while place < len(grammar):
        match = literal.match(grammar, place)
        assert match is not None, grammar[place:]
        found.append(match[1])
        place = match.end()
    return [re.sub(r"\\(U[0-9A-F]{8}|.)", unescaped, text, flags=re.DOTALL) for text in found]


def unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else ESCAPES[code]


@given(st.lists(TEXTS, min_size=1, unique=True))
def test_the_sentences_of_a_grammar_are_exactly_its_labels(labels: list[str]):
    assert sentences(label_grammar(labels)) == labels


@given(st.lists(TEXTS, min_size=1, unique=True))
def test_a_grammar_is_one_line_of_printable_characters(labels: list[str]):
    assert label_grammar(labels).isprintable()


@pytest.mark.parametrize(
    "labels", [[], (), "billing", None, 7, {"a": 1}, {"a"}, ["a", ""], ["a", 5], ["a", None], [["a"]], iter(["a"])]
)
def test_what_is_no_list_of_texts_is_refused(labels: Any):
    with pytest.raises(UsageError, match="is a list of at least one text, none of them empty"):
        label_grammar(labels)


def test_a_label_that_is_there_twice_is_refused():
    with pytest.raises(UsageError, match="the same label twice"):
        label_grammar(["a", "b", "a"])


@pytest.mark.parametrize("label", ["a\x00b", "\ud800", "x\udfff"])
def test_a_label_with_characters_that_no_model_can_write_is_refused(label: str):
    with pytest.raises(UsageError, match="no model can write"):
        label_grammar(["fine", label])


def test_a_tuple_of_labels_is_as_good_as_a_list():
    assert label_grammar(("a", "b")) == label_grammar(["a", "b"])


def event(text: str) -> dict[str, Any]:
    return {"choices": [{"finish_reason": None, "delta": {"content": text}}]}


END = {"choices": [{"finish_reason": "stop", "delta": {}}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}, "model": "tiny"}
EVENTS = st.lists(st.builds(event, st.text(max_size=3)) | st.sampled_from([END, USAGE, {}, {"choices": []}]), max_size=12)


@given(EVENTS, st.integers(0, 12))
def test_folding_in_two_parts_gives_what_folding_at_once_gives(events: list[dict[str, Any]], middle: int):
    draft = WIRE.draft_from(events[:middle])
    for one in events[middle:]:
        draft = WIRE.advance(draft, one)
    whole = WIRE.draft_from(events)
    assert (draft.text, draft.finish_reason, draft.usage, draft.model, draft.done) == (
        whole.text, whole.finish_reason, whole.usage, whole.model, whole.done,
    )  # fmt: skip


@given(EVENTS)
def test_an_answer_is_done_only_after_its_reason_and_then_its_usage(events: list[dict[str, Any]]):
    ended = [place for place, one in enumerate(events) if one is END]
    counted = [place for place, one in enumerate(events) if one is USAGE]
    assert WIRE.draft_from(events).done == (bool(ended) and bool(counted) and counted[-1] > ended[0])


def test_one_wire_serves_two_streams_at_once():
    left, right = WIRE.begin(), WIRE.begin()
    for text in ("a", "b"):
        left, right = WIRE.advance(left, event(text)), WIRE.advance(right, event(text.upper()))
    assert (left.text, right.text) == ("ab", "AB")


def test_an_error_that_is_not_the_engines_comes_back_unchanged():
    error = LookupError()
    assert WIRE.error_from(error, SPEC) is error


def test_a_timeout_becomes_ours():
    assert isinstance(WIRE.error_from(TimeoutError(), SPEC), RactoGatewayTimeoutError)


@pytest.mark.parametrize("error", [TimeoutError(), LookupError(), ConnectionError()])
def test_nothing_is_worth_trying_again(error: Exception):
    assert WIRE.advice(error) is None


def test_vectors_go_to_their_texts():
    config = EmbeddingConfig(texts=["a", "b"])
    assert WIRE.embed_request_from(config, SPEC).arguments == {"texts": ["a", "b"]}
    response = WIRE.embeddings_from(EmbeddedVectors([[1.0], [2.0]], 6), config, SPEC)
    assert [(one.index, one.text, one.embedding) for one in response.vectors] == [(0, "a", [1.0]), (1, "b", [2.0])]
    assert (response.model, response.usage["total_tokens"]) == ("tiny", 6)


def test_a_vector_too_few_is_never_passed_over():
    with pytest.raises(ValueError, match="shorter"):
        WIRE.embeddings_from(EmbeddedVectors([[1.0]], 6), EmbeddingConfig(texts=["a", "b"]), SPEC)


def test_the_reasons_to_end_are_the_engines():
    ends = {
        reason: WIRE.advance(WIRE.begin(), {"choices": [{"finish_reason": reason}]}) for reason in ("stop", "length", "other")
    }
    assert [draft.finish_reason for draft in ends.values()] == [FinishReason.STOP, FinishReason.LENGTH, FinishReason.ERROR]


def sent(window: int | None = None, **fields: Any) -> Any:
    spec = ModelSpec("embedded", "tiny", Abilities(window=window))
    return WIRE.request_from(ChatConfig(**({"user_message": "Hi"} | fields)), spec, stream=True).arguments


@pytest.mark.parametrize(
    "marker",
    ["<|im_end|>", "<|im_start|>", "<|endoftext|>", "<|eot_id|>", "<|tool-call|>", "<\uff5cUser\uff5c>", "<end_of_turn>"],
)
@pytest.mark.parametrize(
    "place",
    [
        lambda text: {"user_message": text},
        lambda text: {"history": [Message(role="assistant", content=text)]},
        lambda text: {"history": [Message(role="system", content=text)]},
        lambda text: {"prompt": RactoPrompt(role="r", aim=text, constraints=["c"], tone="t", output_format="text")},
        lambda text: {"attachments": [RactoFile(text.encode(), "text/plain", name="a.txt")]},
    ],
    ids=["user", "history", "system", "prompt", "file"],
)
def test_a_text_that_would_end_or_begin_a_turn_is_refused_wherever_it_stands(place: Any, marker: str):
    with pytest.raises(UsageError, match="Nothing was sent") as caught:
        sent(**place(f"a {marker} b"))
    assert repr(marker) in str(caught.value)
    written = f"{marker[0]} {marker[1:]}"
    assert repr(written) in str(caught.value)
    sent(**place(f"a {written} b"))


@pytest.mark.parametrize("text", ["a <| b |> c", "x |> f", "<b>bold</b>", "a<|b", "[1|2]", "<||>"])
def test_a_text_that_only_looks_a_little_like_a_marker_is_sent(text: str):
    assert sent(user_message=text)["messages"][-1]["content"] == text


def test_without_a_system_text_an_empty_one_is_sent_so_that_the_template_adds_none_of_its_own():
    assert sent()["messages"] == [{"role": "system", "content": ""}, {"role": "user", "content": "Hi"}]


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("seed", [-1, 2**32, 1.0, "7", None, True]),
        ("stop", ["", [], ["a", ""], [1], 5, None, {"a"}]),
        ("top_p", [-0.1, 1.1, float("nan"), "0.5", None, True]),
        ("min_p", [-0.1, 1.1, None]),
        ("top_k", [-1, 2**31, 1.5, None, True]),
        ("frequency_penalty", [-2.1, 2.1, None, "1"]),
        ("presence_penalty", [-2.1, 2.1, None, float("inf")]),
        ("repeat_penalty", [0, 11, None]),
    ],
)
def test_a_wrong_extra_is_refused_with_its_key_its_value_and_what_is_allowed(key: str, wrong: list[Any]):
    for value in wrong:
        with pytest.raises(UsageError, match=rf"extra\['{key}'\] is a .*; got {re.escape(repr(value))}\."):
            sent(extra={key: value})


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("seed", [0, 2**32 - 1]),
        ("stop", ["a", ["a", "b"]]),
        ("top_p", [0, 1, 0.5]),
        ("min_p", [0, 1]),
        ("top_k", [0, 40]),
        ("frequency_penalty", [-2, 2]),
        ("presence_penalty", [-2, 2]),
        ("repeat_penalty", [0.1, 1.1, 10]),
    ],
)
def test_a_right_extra_is_sent_as_it_is(key: str, right: list[Any]):
    assert [sent(extra={key: value})[key] for value in right] == right


def test_every_extra_that_the_abilities_promise_is_checked():
    assert set(EXTRAS) == {"labels", *_RULES}


@pytest.mark.parametrize(("window", "expected"), [(100, 100), (10_000, 5_000), (None, 5_000)])
def test_an_answer_is_never_asked_to_be_longer_than_the_window(window: int | None, expected: int):
    assert sent(window, max_tokens=5_000)["max_tokens"] == expected


def test_no_number_of_tokens_is_too_large():
    assert sent(4096, max_tokens=2**70)["max_tokens"] == 4096


@pytest.mark.parametrize("detail", [{"message": "no slot", "type": "server_error"}, {"code": 500}, {}])
def test_no_refusal_escapes_as_it_is(detail: dict[str, Any]):
    ours = WIRE.error_from(EngineRefusedError(detail), SPEC)
    assert type(ours) is EngineError


def test_a_refused_schema_is_not_blamed_on_recursion():
    ours = WIRE.error_from(EngineRefusedError({"message": "JSON schema error at #/x: unrecognized type frog"}), SPEC)
    assert isinstance(ours, UnsupportedError)
    assert "frog" in str(ours)
    assert "recursion" not in str(ours)


def test_a_text_that_no_tokenizer_reads_is_named_by_its_place():
    with pytest.raises(UsageError, match=r"texts\[1\] holds half a surrogate pair.*'\\ud800'"):
        WIRE.embed_request_from(EmbeddingConfig(texts=["fine", "\ud800"]), SPEC)
