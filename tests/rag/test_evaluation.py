"""Retrieval is measured, and two ways of it are compared."""

import math
from types import SimpleNamespace

import pandas as pd
import polars as pl
import pytest
from colours import run_unblocked

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag import Document, RetrievalResult, evaluation
from racto_nb.rag.assembling import chunks_of
from racto_nb.rag.evaluation import aevaluate, compare, evaluate
from racto_nb.rag.scores import MEASURES, Evaluation, QuestionScore

LINES = ["Ann wrote it. ", "In May it came. ", "Nobody read it. ", "It rained. "]
TEXT = "".join(LINES)
CHUNKS = chunks_of(Document(content=TEXT, source="a.txt"), [(TEXT.index(line), TEXT.index(line) + len(line)) for line in LINES])
GOLD = [{"question": "Who?", "source": "a.txt", "start": 0, "end": 13}, {"question": "When?", "text": "In May"}]


class Finder:
    """Finds chunks by their numbers: what a question is told to find."""

    def __init__(self, **found):
        self.found, self.asked = found, []

    def retrieve(self, query, top_k=5, filters=None):
        self.asked.append((query, top_k, filters))
        numbers = self.found[query.strip("?")][:top_k]
        return [RetrievalResult(chunk=CHUNKS[number], score=1 - rank / 10, rank=rank) for rank, number in enumerate(numbers, 1)]

    async def aretrieve(self, query, top_k=5, filters=None):
        return self.retrieve(query, top_k, filters)


def both(retriever, *args, **named):
    plain, awaited = evaluate(retriever, *args, **named), run_unblocked(aevaluate(retriever, *args, **named))
    assert repr(plain) == repr(awaited)
    return plain


def test_each_question_has_its_figures_and_the_whole_its_means():
    result = both(Finder(Who=[1, 0], When=[1, 3]), GOLD, 2)

    who, when = result.questions
    assert (who.question, who.items, who.found, who.hits) == ("Who?", 1, 1, 2)
    assert (who.recall, who.precision, who.reciprocal_rank) == (1.0, 0.5, 0.5)
    assert (who.coverage, who.density) == (1.0, 13 / (len(LINES[0]) + len(LINES[1])))
    assert (when.reciprocal_rank, when.ndcg) == (1.0, 1.0)
    assert math.isnan(when.iou)
    assert result.means["reciprocal_rank"] == 0.75
    assert result.means["coverage"] == 1.0  # of the question for which it is known


def test_the_retriever_is_asked_for_k_with_the_filters_and_more_do_not_count():
    finder = Finder(Who=[1, 0], When=[1])
    finder.retrieve_all = finder.retrieve
    finder.retrieve = lambda query, top_k=5, filters=None: finder.retrieve_all(query, 9, filters)

    result = evaluate(finder, GOLD, 1, filters={"year": 2020})

    assert {filters["year"] for _, _, filters in finder.asked} == {2020}
    assert result.questions[0].recall == 0.0


def test_the_figures_come_as_frames_and_as_a_table():
    result = evaluate(Finder(Who=[0], When=[]), GOLD)

    assert isinstance(result.to_frame(), pl.DataFrame)
    assert isinstance(result.to_frame(library="pandas"), pd.DataFrame)
    assert result.to_frame()["recall"].to_list() == [1.0, 0.0]
    assert "recall@5         0.500" in repr(result)
    with pytest.raises(UsageError, match="A frame is one of polars or of pandas, not of 'arrow'"):
        result.to_frame(library="arrow")


def test_what_the_retriever_raises_arrives():
    with pytest.raises(KeyError, match="Who"):
        evaluate(Finder(When=[0]), GOLD)


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"retriever": len}, WrongTypeError, "A retriever has the methods retrieve and aretrieve"),
        ({"k": 0}, UsageError, "top_k is the number of chunks"),
        ({"gold": []}, UsageError, "The gold frame has no rows"),
    ],
)
def test_wrong_calls_are_refused(settings, kind, said):
    with pytest.raises(kind, match=said):
        evaluate(**{"retriever": Finder(Who=[0], When=[0]), "gold": GOLD, **settings})


def test_hits_that_do_not_say_where_they_stand_are_refused():
    finder = Finder(Who=[], When=[])
    finder.retrieve = lambda *args: [SimpleNamespace(chunk=SimpleNamespace(content="Ann"), score=1.0, rank=1)]

    with pytest.raises(WrongTypeError, match=r"has a racto_nb\.rag\.Chunk, which says where it stands, not SimpleNamespace"):
        evaluate(finder, GOLD)


def run(values, k=5, iou=0.1):
    return Evaluation(
        k, [QuestionScore(str(number), 1, 1, 5, value, 0.2, 0.5, 0.6, 0.9, 0.1, iou) for number, value in enumerate(values)]
    )


def test_a_clear_difference_has_an_interval_on_one_side_of_0():
    found = compare(run([0.0] * 30 + [1.0] * 10), run([1.0] * 40), names=("small", "large"))

    recall = found["recall"]
    assert (recall.one, recall.other, recall.difference) == (0.25, 1.0, 0.75)
    assert 0.55 < recall.low < recall.difference < recall.high < 0.95
    assert recall.is_clear
    assert not found["iou"].is_clear
    assert "recall@5" in repr(found)
    assert repr(found).count(" *") == 1


def test_the_interval_is_that_of_the_mean():
    values = [0.0, 1.0] * 50  # the standard error of the mean is 0.05

    gain = compare(run([0.0] * 100), run(values))["recall"]

    assert gain.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.015)
    assert gain.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.015)
    assert compare(run([0.0] * 100), run(values), confidence=0.5)["recall"].low > gain.low


def test_the_same_seed_gives_the_same_intervals():
    one, other = run([0.0] * 97), run([number**0.5 for number in range(97)])

    assert compare(one, other) == compare(one, other)
    assert compare(one, other)["recall"] != compare(one, other, seed=1)["recall"]


def test_questions_are_paired_by_their_words_and_not_by_their_order():
    other = Evaluation(5, list(reversed(run([0.0, 1.0]).questions)))

    assert compare(run([0.0, 1.0]), other)["recall"].difference == 0
    assert compare(run([0.0, 1.0]), other)["recall"].high == 0


def test_unknown_figures_stay_unknown():
    assert math.isnan(compare(run([1.0], iou=math.nan), run([1.0]))["iou"].difference)


def test_a_comparison_comes_as_frames():
    found = compare(run([0.0]), run([1.0]), names=("a", "b"))

    assert found.to_frame().columns == ["measure", "a", "b", "difference", "low", "high", "clear"]
    assert found.to_frame()["measure"].to_list() == list(MEASURES)
    assert found.questions(library="pandas")["recall, b"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("other", "named", "said"),
    [
        (run([1.0], k=3), {}, "Evaluate both with the same k"),
        (run([1.0, 1.0]), {}, "Only one of the two runs has '1'"),
        (run([1.0]), {"confidence": 1.0}, "confidence lies between 0 and 1"),
        (run([1.0]), {"names": ("a", "a")}, "the names differ"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(other, named, said):
    with pytest.raises(UsageError, match=said):
        compare(run([1.0]), other, **named)
    with pytest.raises(UsageError, match="There is no figure 'f1'"):
        compare(run([1.0]), run([1.0]))["f1"]


def test_all_that_is_promised_is_in_one_place():
    assert evaluation.recall_at_k([{0}], 1, 5) == 1.0
    assert set(evaluation.__all__) >= {"evaluate", "aevaluate", "compare", "why_not", "awhy_not", "Evaluation"}
