"""What a classifier says of a text: pairs that stay together, and nothing that is made up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from racto_nb.pipelines import ClassifierResult, ClassifierUsage, ListClassifierPipeline
from racto_nb.pipelines.list_classifier import TextClassifier
from racto_nb.testing import FakeKit

LABELS = ["A", "B", "C"]


def result(**fields: object) -> ClassifierResult:
    return ClassifierResult.model_validate({"user_query": "text", "options_provided": LABELS, **fields})


def test_an_unknown_confidence_stays_none():
    found = result(selected=["A"])

    assert found.first == "A"
    assert found.top_confidence is None
    assert found.score_for("A") is None


def test_labels_come_by_descending_confidence_each_with_its_own():
    found = result(selected=["A", "B", "C"], confidences=[0.2, 0.9, 0.5])

    assert list(zip(found.selected, found.confidences or [], strict=True)) == [("B", 0.9), ("C", 0.5), ("A", 0.2)]


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.floats(0, 1)), unique_by=lambda pair: pair[0]))
def test_pairs_are_never_torn_apart(pairs: list[tuple[str, float]]):
    found = result(selected=[label for label, _ in pairs], confidences=[number for _, number in pairs])

    assert {(label, found.score_for(label)) for label in found.selected} == set(pairs)
    assert found.confidences == sorted((number for _, number in pairs), reverse=True)


def test_confidences_without_their_labels_are_refused():
    with pytest.raises(ValidationError, match="2 confidences for 1 selected labels"):
        result(selected=["A"], confidences=[0.5, 0.5])


def test_a_result_is_a_text_a_dict_or_an_enum():
    found = result(selected=["A", "B"], confidences=[0.9, 0.4], cost=Decimal("0.001"))

    assert found.as_string() == "A, B"
    assert found.as_string(" | ") == "A | B"
    assert found.as_dict()["selected"] == ["A", "B"]
    assert found.as_dict()["cost"] == "0.001"
    assert [member.value for member in found.as_enum("Found")] == ["A", "B"]


def test_a_failed_result_says_so_in_every_shape():
    found = result(error="no credit")

    assert found.is_empty
    assert found.first is None
    assert found.as_string() == "[error] no credit"
    assert found.as_dict() == {"error": "no credit", "selected": []}


def test_the_best_options_follow_the_scores_where_there_are_any():
    assert result(selected=["A"], all_scores={"A": 0.2, "B": 0.7, "C": 0.1}).top_n(2) == ["B", "A"]
    assert result(selected=["C", "A"]).top_n(1) == ["C"]
    assert result(all_scores={"B": 0.7}).score_for("B") == 0.7


def test_an_audit_entry_has_the_result_and_its_tokens():
    found = result(selected=["A"], usage=ClassifierUsage(input_tokens=5, output_tokens=2, retry_count=1))
    entry = found.to_audit_entry(timestamp="2026-01-01T00:00:00+00:00", user_id="u", latency_ms=3.5)

    assert (entry.selected, entry.user_id, entry.latency_ms) == (["A"], "u", 3.5)
    assert entry.usage == {"input_tokens": 5, "output_tokens": 2, "retry_count": 1, "total_tokens": 7}


def test_members_of_an_enum_have_names_of_their_own():
    made = ListClassifierPipeline.make_enum(["Tech support", "tech-support", "24/7", "???"])

    assert {member.name: member.value for member in made} == {
        "TECH_SUPPORT": "Tech support", "TECH_SUPPORT_2": "tech-support", "_24_7": "24/7", "OPTION": "???",
    }  # fmt: skip


def test_a_pipeline_is_a_text_classifier():
    assert isinstance(ListClassifierPipeline(FakeKit(), options=["A"]), TextClassifier)
