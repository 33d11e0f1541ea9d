"""Labels by likeness of vectors."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from racto_nb.exceptions import MissingExtraError, RactoGatewayAPIError, UsageError, WrongTypeError
from racto_nb.models.embedding import EmbeddingResponse, EmbeddingVector
from racto_nb.pipelines import CarefulClassifier, Cascade, EmbeddingClassifier
from racto_nb.pipelines.list_classifier.heads import scope_limit
from racto_nb.testing import FakeKit

OPTIONS = ["late_delivery", "refund", "broken screen"]
EXAMPLES = {
    "late_delivery": ["where is my parcel", "the parcel is not here", "the parcel came too late"],
    "refund": ["give me my money back", "I want my money", "pay the money back"],
    "broken screen": ["the display has a crack", "a crack in the glass", "the glass is broken"],
}


def test_without_examples_the_words_of_the_labels_decide():
    classifier = EmbeddingClassifier(OPTIONS, kit=FakeKit())
    result = classifier.run("a late late delivery")

    assert result.first == "late_delivery"
    assert (result.confidence_kind, result.origin, result.options_provided) == ("embedding", "embedding", OPTIONS)
    assert sum(result.all_scores.values()) == pytest.approx(1)
    assert result.top_confidence == max(result.all_scores.values())
    assert not result.out_of_scope
    assert result.usage.input_tokens > 0


@pytest.mark.parametrize("given", ["mapping", "descriptions"])
def test_descriptions_say_more_of_a_label(given):
    said = {"refund": "money back"}
    classifier = (
        EmbeddingClassifier({"late_delivery": "", "refund": "money back"}, kit=FakeKit())
        if given == "mapping"
        else EmbeddingClassifier(["late_delivery", "refund"], descriptions=said, kit=FakeKit())
    )

    assert classifier.run("my money back").first == "refund"


@pytest.mark.parametrize("head", ["auto", "centroid", "logistic"])
def test_examples_teach_words_that_no_label_has(head):
    classifier = EmbeddingClassifier(OPTIONS, examples=EXAMPLES, head=head, kit=FakeKit(dimensions=256))

    assert [classifier.run(text).first for text in ("my parcel please", "money", "what a crack")] == OPTIONS


def test_two_labels_can_be_told_apart_by_borders_too():
    classifier = EmbeddingClassifier(
        OPTIONS[:2], examples={label: EXAMPLES[label] for label in OPTIONS[:2]}, head="logistic", kit=FakeKit(dimensions=256)
    )

    assert [one.first for one in classifier.batch_run(["my parcel please", "money"])] == OPTIONS[:2]


def test_labels_are_embedded_once_and_equal_texts_too():
    kit = FakeKit()
    classifier = EmbeddingClassifier(OPTIONS, kit=kit)
    classifier.prepare()
    classifier.batch_run(["a", "b", "a"])
    classifier.run("c")

    assert [call["texts"] for call in kit.embed_calls] == [["late delivery", "refund", "broken screen"], ["a", "b"], ["c"]]
    assert classifier.batch_run([]) == []


async def test_both_colours_and_both_sizes_give_the_same():
    classifier = EmbeddingClassifier(OPTIONS, examples=EXAMPLES, kit=FakeKit())
    await classifier.aprepare()
    texts = ["my parcel", "money"]

    found = await classifier.abatch_run(texts)
    assert [one.all_scores for one in found] == [one.all_scores for one in classifier.batch_run(texts)]
    assert (await classifier.arun(texts[0])).first == classifier.run(texts[0]).first == found[0].first


def test_texts_unlike_all_examples_are_out_of_scope():
    classifier = EmbeddingClassifier(OPTIONS, examples=EXAMPLES, false_alarms=0.2, kit=FakeKit(dimensions=256))

    assert classifier.run("quantum chromodynamics lecture notes").out_of_scope
    assert not classifier.run("the parcel is not here").out_of_scope


def test_about_the_share_of_false_alarms_that_was_asked_for_is_below_the_limit():
    import numpy as np

    chance = np.random.default_rng(0)
    limits = [scope_limit(chance.uniform(size=99), 0.1) for _ in range(400)]

    assert np.mean(limits) == pytest.approx(0.1, abs=0.01)
    assert scope_limit(np.array([0.5]), 0.05) == -np.inf


def test_two_of_one_identity_have_the_same_settings():
    same = EmbeddingClassifier(OPTIONS, kit=FakeKit()).identity

    assert same == EmbeddingClassifier(OPTIONS, kit=FakeKit()).identity
    others = [
        EmbeddingClassifier(OPTIONS[::-1], kit=FakeKit()),
        EmbeddingClassifier(OPTIONS, kit=FakeKit(), descriptions={"refund": "money"}),
        EmbeddingClassifier(OPTIONS, kit=FakeKit(), examples=EXAMPLES),
        EmbeddingClassifier(OPTIONS, kit=FakeKit(), temperature=0.1),
        EmbeddingClassifier(OPTIONS, kit=FakeKit(), model="another"),
    ]
    assert len({same, *(one.identity for one in others)}) == 6


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (["a"], {}),
        (["a", "a"], {}),
        (["a", " "], {}),
        (["a", "b"], {"descriptions": {"c": "?"}}),
        (["a", "b"], {"examples": {"c": ["?"]}}),
        (["a", "b"], {"examples": {"a": [""]}}),
        (["a", "b"], {"head": "tail"}),
        (["a", "b"], {"head": "logistic"}),
        (["a", "b"], {"temperature": 0}),
        (["a", "b"], {"false_alarms": 0.1}),
        (["a", "b"], {"examples": {"a": ["x"]}, "false_alarms": 0.1}),
    ],
)
def test_wishes_that_cannot_be_met_are_refused_at_once(options, more):
    with pytest.raises(UsageError):
        EmbeddingClassifier(options, kit=FakeKit(), **more)


def test_things_of_the_wrong_kind_are_refused():
    with pytest.raises(WrongTypeError, match="list of labels"):
        EmbeddingClassifier("labels")
    with pytest.raises(WrongTypeError, match="embed and aembed"):
        EmbeddingClassifier(OPTIONS, kit=object())
    classifier = EmbeddingClassifier(OPTIONS, kit=FakeKit())
    with pytest.raises(WrongTypeError, match="takes a text"):
        classifier.run(None)
    with pytest.raises(UsageError, match="empty"):
        classifier.run("  ")


class Vectors:
    """A kit that gives these vectors."""

    def __init__(self, *vectors):
        self.vectors = vectors

    def embed(self, config):
        rows = [EmbeddingVector(index=place, text="", embedding=vector) for place, vector in enumerate(self.vectors)]
        return EmbeddingResponse(vectors=rows, model="m")

    async def aembed(self, config):
        return self.embed(config)


@pytest.mark.parametrize("vectors", [[], [[1.0]], [[1.0], [1.0, 2.0]], [[0.0], [1.0]], [[float("nan")], [1.0]], [[], []]])
def test_vectors_that_are_none_are_an_error_and_not_a_label(vectors):
    with pytest.raises(RactoGatewayAPIError):
        EmbeddingClassifier(["a", "b"], kit=Vectors(*vectors)).run("x")


def test_without_scikit_learn_borders_say_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    with pytest.raises(MissingExtraError, match="classify"):
        EmbeddingClassifier(OPTIONS, examples=EXAMPLES, kit=FakeKit()).run("x")


def test_examples_are_given_by_label_or_as_pairs():
    def made(examples):
        return EmbeddingClassifier(["late", "refund"], examples=examples, kit=FakeKit())

    pairs = [("it is late", "late"), ("my money", "refund")]
    assert made(pairs).identity == made({"late": "it is late", "refund": ["my money"]}).identity
    assert repr(made({"late": "it is late"})) == "EmbeddingClassifier(2 options, 1 examples)"
    with pytest.raises(UsageError, match="one label"):
        made([("it is late", ["late", "refund"])])
    with pytest.raises(UsageError, match="'gone' has"):
        made([("it is late", "gone")])


@pytest.mark.parametrize("many", [np.array, pd.Series, pl.Series, iter, tuple])
def test_many_texts_come_in_whatever_holds_texts_but_one_text_is_not_many(many):
    classifier = EmbeddingClassifier(["late", "refund"], kit=FakeKit())

    assert [one.user_query for one in classifier.batch_run(many(["a", "b"]))] == ["a", "b"]
    for each in (classifier, Cascade(classifier, classifier), CarefulClassifier(classifier, threshold=0.5)):
        with pytest.raises(WrongTypeError, match="list of texts"):
            each.batch_run("late")
