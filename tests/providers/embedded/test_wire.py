"""The embedded wire beyond its cases (tests/wire/embedded): grammars of labels, folding, vectors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import RactoGatewayTimeoutError, UsageError
from racto_nb.models import EmbeddingConfig, FinishReason
from racto_nb.providers.embedded.wire import EmbeddedVectors, EmbeddedWire, label_grammar
from racto_nb.providers.wire import ModelSpec

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
