"""What stands around a classifier: caches, audit logs, memories, limits."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from pipelines.classifier.sorting_kits import COLOURS, OPTIONS, PlainKit, ran, ran_many, script, selected

from racto_nb.cache import DiskCache, ExactMatchCache, SemanticCache
from racto_nb.exceptions import (
    CacheWarning,
    ClassifierRateLimitExceededError,
    PipelineWarning,
    RateLimitExceededError,
    UsageError,
    WrongTypeError,
)
from racto_nb.limiting import RateLimitConfig, RateLimiter
from racto_nb.pipelines import AuditEntry, ListClassifierPipeline
from racto_nb.pipelines.list_classifier import settings
from racto_nb.pipelines.list_classifier.forms import answer_class
from racto_nb.remembering import ChatMemory
from racto_nb.testing import FakeKit

both = pytest.mark.parametrize("colour", COLOURS)


def meaning(text: str) -> list[float]:
    """Every text means the same."""
    return [1.0, 0.0]


@both
@pytest.mark.parametrize("kind", ["memory", "disk"])
def test_a_text_that_was_sorted_before_is_not_asked_about_again(colour: str, kind: str, tmp_path: Path):
    cache = ExactMatchCache() if kind == "memory" else DiskCache(tmp_path / "cache.db")
    kit = FakeKit([selected("Sales", confidence=0.7)])
    classifier = ListClassifierPipeline(kit, options=OPTIONS, exact_cache=cache)
    first, second = ran(colour, classifier, "offer?"), ran(colour, classifier, "offer?")

    assert (first.cache_hit, second.cache_hit) == (None, "exact")
    assert (second.first, second.top_confidence, second.confidence_kind) == ("Sales", 0.7, "stated")
    assert (second.usage.total_tokens, second.cost) == (0, 0)
    assert len(kit.calls) == 1


def test_the_key_holds_all_that_a_result_depends_on():
    cache = ExactMatchCache()
    ways: list[dict[str, Any]] = [
        {"options": ["a|b", "c"]}, {"options": ["a", "b|c"]}, {"options": ["c", "a|b"]}, {"options": ["a b", "c"]},
        {"options": ["a\nb", "c"]}, {"options": ["c"], "option_descriptions": {"c": "1"}}, {"options": ["c"], "uncertain_label": "?"},
        {"options": ["c"], "examples": {"c": "one"}}, {"options": ["c"], "examples": {"c": ["one", "two"]}}, {"options": ["c"]},
        {"options": ["c"], "selection_mode": "multiple"}, {"options": ["c"], "include_reasoning": True}, {"options": ["c"], "votes": 3},
        {"options": ["c"], "score_all": True}, {"options": ["c"], "confidence_threshold": 0.1}, {"options": ["c"], "abstain_below": 0.1},
        {"options": ["c"], "include_confidence": False}, {"options": ["c"], "max_tokens": 99}, {"options": ["c"], "case_sensitive": True},
        {"options": ["c"], "detect_out_of_scope": True}, {"options": ["c"], "fuzzy_fallback": True}, {"hierarchy": ["c > d"]},
    ]  # fmt: skip
    asked = 0
    for way in ways:
        answer = (way.get("options") or ["c > d"])[-1]
        kit = PlainKit(lambda _, answer=answer: selected(answer, confidence=1))
        kit.model = "m"  # pyright: ignore[reportAttributeAccessIssue]
        classifier = ListClassifierPipeline(FakeKit([selected(answer, confidence=1)], repeat_last=True), exact_cache=cache, **way)
        assert classifier.run("text").cache_hit is None, way
        assert classifier.run("text").cache_hit == "exact", way
        asked += 1
    assert cache.stats.hits == asked
    other = FakeKit([selected("c", confidence=1)], model="another")
    assert ListClassifierPipeline(other, options=["c"], exact_cache=cache).run("text").cache_hit is None


def test_kits_that_are_not_ours_never_share_answers():
    cache = ExactMatchCache()
    one = ListClassifierPipeline(PlainKit(script([selected("Sales")])), options=OPTIONS, exact_cache=cache)
    other = ListClassifierPipeline(PlainKit(script([selected("Billing")])), options=OPTIONS, exact_cache=cache)

    assert [one.run("text").first, other.run("text").first, one.run("text").first] == ["Sales", "Billing", "Sales"]


@both
def test_a_text_that_means_the_same_is_not_asked_about_again(colour: str):
    cache = SemanticCache(meaning, guard=None)
    classifier = ListClassifierPipeline(FakeKit([selected("Sales", confidence=0.7)]), options=OPTIONS, semantic_cache=cache)
    ran(colour, classifier, "May I have an offer?")
    found = ran(colour, classifier, "May I have the offer?")

    assert (found.first, found.cache_hit, found.user_query) == ("Sales", "semantic", "May I have the offer?")


@both
def test_a_semantic_cache_answers_for_the_same_options_only(colour: str):
    cache = SemanticCache(meaning, guard=None)
    first = ListClassifierPipeline(FakeKit([selected("A", confidence=1)]), options=["A", "B"], semantic_cache=cache)
    other = ListClassifierPipeline(FakeKit([selected("C", confidence=1)]), options=["C", "D"], semantic_cache=cache)

    assert ran(colour, first, "text").first == "A"
    found = ran(colour, other, "text")
    assert (found.first, found.cache_hit) == ("C", None)


@both
def test_a_cache_that_fails_costs_a_request_and_never_the_call(colour: str):
    def broken(text: str) -> list[float]:
        raise RuntimeError("no embedder today")

    kit = FakeKit([selected("Sales", confidence=0.7)])
    with pytest.warns(CacheWarning, match="no embedder today"):
        found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, semantic_cache=SemanticCache(broken)))
    assert found.first == "Sales"


def test_a_failed_classification_is_not_kept():
    cache = ExactMatchCache()
    kit = FakeKit(["?", selected("Sales", confidence=1)])
    classifier = ListClassifierPipeline(kit, options=OPTIONS, exact_cache=cache, max_retries=0, safe_mode=True)

    assert classifier.run("text").error is not None
    assert classifier.run("text").first == "Sales"


def test_the_same_text_in_a_batch_is_asked_about_once():
    kit = FakeKit([selected("Sales", confidence=1)])
    found = ListClassifierPipeline(kit, options=OPTIONS, exact_cache=ExactMatchCache()).batch_run(["text"] * 5)

    assert [each.first for each in found] == ["Sales"] * 5
    assert len(kit.calls) == 1


class Log:
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def log(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


@both
def test_every_classification_is_written_into_the_audit_log(colour: str):
    log = Log()
    kit = FakeKit([selected("Sales", confidence=0.7), "?"])
    classifier = ListClassifierPipeline(kit, options=OPTIONS, audit_logger=log, max_retries=0, safe_mode=True, user_id="u")
    ran(colour, classifier, "offer?", session_id="s")
    ran(colour, classifier, "what?", user_id="v")
    first, second = log.entries

    assert (first.user_query, first.selected, first.confidences, first.user_id, first.session_id) == (
        "offer?", ["Sales"], [0.7], "u", "s",
    )  # fmt: skip
    assert first.timestamp.endswith("+00:00")
    assert first.latency_ms >= 0
    assert first.usage["total_tokens"] > 0
    assert (second.user_id, second.selected) == ("v", [])
    assert "no label" in (second.error or "")


@both
def test_the_audit_log_may_be_a_file_of_json_lines(colour: str, tmp_path: Path):
    path = tmp_path / "logs" / "audit.jsonl"
    kit = PlainKit(lambda _: selected("Sales"))
    ran_many(colour, ListClassifierPipeline(kit, options=OPTIONS, audit_logger=path), [f"line\n{number}" for number in range(20)])

    entries = [AuditEntry.model_validate_json(line) for line in path.read_text().splitlines()]
    assert sorted(entry.user_query for entry in entries) == sorted(f"line\n{number}" for number in range(20))


def test_lines_of_several_writers_stay_whole(tmp_path: Path):
    path = tmp_path / "audit.jsonl"
    classifiers = [
        ListClassifierPipeline(PlainKit(lambda _: selected("Sales")), options=OPTIONS, audit_logger=str(path)) for _ in range(4)
    ]
    threads = [threading.Thread(target=each.batch_run, args=(["x" * 5000] * 20,)) for each in classifiers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [json.loads(line)["selected"] for line in path.read_text().splitlines()] == [["Sales"]] * 80


@both
def test_the_audit_log_may_be_a_function(colour: str):
    entries: list[AuditEntry] = []
    ran(
        colour, ListClassifierPipeline(FakeKit(["Sales"]), options=OPTIONS, include_confidence=False, audit_logger=entries.append)
    )

    assert [entry.selected for entry in entries] == [["Sales"]]


@both
def test_a_logger_of_questions_and_answers_records_too(colour: str):
    events: list[dict[str, Any]] = []

    class Events:
        def log(
            self, *, user_id: str, model: str, prompt: str, response: str, request_id: str | None = None,
            metadata: dict[str, Any] | None = None, wait: bool = False,
        ) -> None:  # fmt: skip
            events.append({"user_id": user_id, "model": model, "prompt": prompt, "response": response, "metadata": metadata})

    kit = FakeKit([selected("Sales", confidence=0.7)])
    ran(colour, ListClassifierPipeline(kit, options=OPTIONS, audit_logger=Events(), user_id="u"), "offer?")

    assert [(event["user_id"], event["model"], event["prompt"], event["response"]) for event in events] == [
        ("u", "fake-model", "offer?", "Sales")
    ]
    assert events[0]["metadata"]["confidences"] == [0.7]


def test_a_logger_that_takes_no_entry_is_refused_when_the_classifier_is_made():
    class Other:
        def log(self, level: int, message: str) -> None: ...

    with pytest.raises(WrongTypeError, match="takes no entry"):
        ListClassifierPipeline(FakeKit(), options=OPTIONS, audit_logger=Other())  # pyright: ignore[reportArgumentType]


@both
def test_a_logger_that_fails_is_told_and_costs_nothing(colour: str):
    def full(entry: AuditEntry) -> None:
        raise OSError("disk full")

    kit = FakeKit([selected("Sales", confidence=1)])
    with pytest.warns(PipelineWarning, match="disk full"):
        found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, audit_logger=full))
    assert found.first == "Sales"


class Limiter:
    def __init__(self, *, allows: bool) -> None:
        self.allows = allows
        self.asked: list[tuple[str, int]] = []

    def check_and_consume(self, user_id: str, tokens: int = 1) -> bool:
        self.asked.append((user_id, tokens))
        return self.allows


@both
def test_a_user_whose_tokens_are_used_up_sends_nothing(colour: str):
    kit = FakeKit()
    classifier = ListClassifierPipeline(kit, options=OPTIONS, rate_limiter=Limiter(allows=False), user_id="u")

    with pytest.raises(ClassifierRateLimitExceededError, match="'u' has used up") as caught:
        ran(colour, classifier)
    assert isinstance(caught.value, RateLimitExceededError | RuntimeError)
    assert caught.value.user_id == "u"
    assert kit.calls == []


@both
def test_tokens_are_taken_for_what_is_sent_only(colour: str):
    limiter = Limiter(allows=True)
    kit = FakeKit([selected("Sales", confidence=1)], repeat_last=True)
    classifier = ListClassifierPipeline(kit, options=OPTIONS, rate_limiter=limiter, exact_cache=ExactMatchCache())
    ran(colour, classifier, "text", user_id="u")
    ran(colour, classifier, "text", user_id="u")
    ran(colour, classifier, "another text")

    assert [user for user, _ in limiter.asked] == ["u"]
    assert limiter.asked[0][1] > 20


@both
def test_a_limiter_of_ours_counts_what_was_used(colour: str):
    limiter = RateLimiter(RateLimitConfig(max_tokens_per_minute=100_000))
    kit = FakeKit([selected("Sales", confidence=1)], repeat_last=True)
    result = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, rate_limiter=limiter), "text", user_id="u")

    assert 100_000 - limiter.get_remaining("u") == result.usage.total_tokens > 0


@both
def test_a_memory_of_ours_is_told(colour: str):
    memory = ChatMemory()
    kit = FakeKit([selected("Sales", confidence=1)], repeat_last=True)
    ran(colour, ListClassifierPipeline(kit, options=OPTIONS, memory=memory), "text", session_id="s")

    assert memory.get_history("s") == [{"role": "user", "content": "text"}, {"role": "assistant", "content": "Sales"}]


@both
def test_a_memory_that_forgets_is_told_and_costs_nothing(colour: str):
    class Forgetful:
        def append(self, conversation_id: str, role: str, content: str) -> None:
            raise ConnectionError("redis is away")

        def get_history(self, conversation_id: str) -> list[dict[str, str]]:
            return []

    kit = FakeKit([selected("Sales", confidence=1)])
    with pytest.warns(PipelineWarning, match="redis is away"):
        found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, memory=Forgetful()), session_id="s")
    assert found.first == "Sales"


def test_an_option_is_added_where_case_makes_a_difference():
    classifier = ListClassifierPipeline(FakeKit([]), options=["a", "A"], case_sensitive=True)

    classifier.add_option("b", "the second")
    assert classifier.get_options() == ["a", "A", "b"]


def test_the_class_of_answers_is_made_once_and_anew_for_other_options(monkeypatch: pytest.MonkeyPatch):
    made: list[int] = []
    monkeypatch.setattr(settings, "answer_class", lambda form: made.append(len(form.choices)) or answer_class(form))
    classifier = ListClassifierPipeline(FakeKit([selected("Sales")], repeat_last=True), options=OPTIONS)

    for number in range(3):
        classifier.run(f"text {number}", user_id="ada")
    assert made == [3]
    classifier.add_option("Refunds")
    assert classifier.run("text").options_provided == [*OPTIONS, "Refunds"]
    assert made == [3, 4]


def test_a_threshold_without_confidences_is_refused_and_an_unknown_confidence_is_not_above_it():
    with pytest.raises(UsageError, match="confidence_threshold needs confidences"):
        ListClassifierPipeline(FakeKit([]), options=OPTIONS, include_confidence=False, confidence_threshold=0.5)
    classifier = ListClassifierPipeline(PlainKit(lambda _: "Sales"), options=OPTIONS, confidence_threshold=0.5)
    found = classifier.run("text")
    assert (found.first, found.confidences, found.uncertain) == ("Sales", None, True)


def test_no_option_is_called_as_the_answer_that_none_fits():
    with pytest.raises(UsageError, match="detect_out_of_scope"):
        ListClassifierPipeline(FakeKit([]), options=["Sales", "(None of these)"])
