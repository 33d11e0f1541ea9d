"""Sorting texts in both colours: options, retries, doubts, batches."""

from __future__ import annotations

import asyncio
import threading
from decimal import Decimal

import pytest
from colours import run_unblocked
from paid_kit import PaidKit
from pipelines.classifier.sorting_kits import COLOURS, OPTIONS, PlainKit, ran, ran_many, script, selected

from racto_nb.exceptions import (
    ClassificationError,
    ProviderNotFoundError,
    RactoGatewayServerError,
    UsageError,
    WrongTypeError,
)
from racto_nb.models.messages import MessageRole
from racto_nb.models.response import FinishReason
from racto_nb.pipelines import AsyncListClassifierPipeline, ClassifierResult, ListClassifierPipeline
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit, FakeReply

both = pytest.mark.parametrize("colour", COLOURS)


@both
def test_a_text_gets_the_option_that_fits(colour: str):
    kit = FakeKit([selected("Billing", confidence=0.8)])
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS))

    assert (found.first, found.top_confidence, found.confidence_kind) == ("Billing", 0.8, "stated")
    assert found.options_provided == OPTIONS
    assert found.usage.input_tokens > 0
    assert found.usage.output_tokens > 0
    assert kit.calls[0]["response_model"] == "Classification"


@both
def test_many_labels_come_with_a_confidence_each(colour: str):
    answer = selected([{"option": "Sales", "confidence": 0.4}, {"option": "Billing", "confidence": 0.9}])
    found = ran(colour, ListClassifierPipeline(FakeKit([answer]), options=OPTIONS, selection_mode="multiple"))

    assert found.selected == ["Billing", "Sales"]
    assert found.confidences == [0.9, 0.4]


@both
def test_an_answer_that_does_not_fit_is_asked_for_again_in_the_same_conversation(colour: str):
    kit = FakeKit([selected("Accounting"), "Perhaps accounting?", selected("Billing", confidence=1)])
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS))
    last = kit.calls[-1]["messages"]

    assert found.first == "Billing"
    assert found.usage.retry_count == 2
    assert len(kit.calls) == 3
    assert [turn["role"] for turn in last] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert "I was charged twice" in last[1]["content"]
    assert last[2]["content"] == selected("Accounting")
    assert "'Accounting' is no label" in last[3]["content"]


@both
def test_after_all_retries_the_error_has_the_last_answer(colour: str):
    kit = FakeKit(["one", "two", "three", "four"])

    with pytest.raises(ClassificationError, match="no label in 3 answers") as caught:
        ran(colour, ListClassifierPipeline(kit, options=OPTIONS))
    assert caught.value.answer == "three"
    assert len(kit.calls) == 3


def test_an_answer_that_was_cut_is_not_asked_for_again():
    kit = FakeKit([FakeReply(('{"sele',), finish_reason=FinishReason.LENGTH), selected("Sales")])

    with pytest.raises(ClassificationError, match=r"raise max_tokens \(now 512\)"):
        ListClassifierPipeline(kit, options=OPTIONS).run("text")
    assert len(kit.calls) == 1


@both
def test_safe_mode_gives_the_error_and_what_was_spent(colour: str):
    kit = FakeKit(["one", "two"])
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, max_retries=1, safe_mode=True))

    assert found.is_empty
    assert "'two'" in (found.error or "")
    assert found.usage.retry_count == 1
    assert found.usage.output_tokens > 0


@both
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"options": []}, "no options"),
        ({"options": ["A", "a"]}, "are the same"),
        ({"selection_mode": "some"}, "selection_mode is one of"),
        ({"temperature": 9}, "temperature is a number from 0 to 2"),
        ({"confidence_threshold": 2}, "confidence_threshold"),
        ({"output_format": "xml"}, "output_format is one of"),
    ],
)
def test_safe_mode_covers_wrong_settings_of_a_call(colour: str, given: dict[str, object], said: str):
    safe = ListClassifierPipeline(FakeKit(), options=OPTIONS, safe_mode=True)

    assert said in ran(colour, safe, **given).error
    with pytest.raises(UsageError, match=said):
        ran(colour, ListClassifierPipeline(FakeKit(), options=OPTIONS), **given)


@pytest.mark.parametrize("text", ["", "  \n", None, 3, "half \ud800"])
def test_a_text_that_is_none_is_refused_before_anything_is_sent(text: object):
    kit = FakeKit()

    with pytest.raises(UsageError):
        ran("sync", ListClassifierPipeline(kit, options=OPTIONS), text)
    assert kit.calls == []


def test_without_options_nothing_is_sent():
    kit = FakeKit([selected("A", confidence=1)])
    classifier = ListClassifierPipeline(kit)

    assert classifier.get_options() is None
    with pytest.raises(UsageError, match="no options"):
        classifier.run("text")
    assert classifier.run("text", options=["A", "B"]).first == "A"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"options": []}, UsageError), ({"options": "Billing"}, WrongTypeError), ({"options": ["A", " "]}, UsageError),
        ({"options": ["A", "a "]}, UsageError), ({"options": ["A", 3]}, WrongTypeError),
        ({"options": ["A"], "option_descriptions": {"B": "?"}}, UsageError), ({"options": ["A"], "examples": {"B": "?"}}, UsageError),
        ({"options": ["A"], "examples": ["text"]}, WrongTypeError), ({"options": ["A"], "hierarchy": ["A > B"]}, UsageError),
        ({"votes": 0}, UsageError), ({"confidence_from": "votes"}, UsageError), ({"confidence_from": "guess"}, UsageError),
        ({"votes": 3, "confidence_from": "stated"}, UsageError), ({"abstain_below": 0.5, "include_confidence": False}, UsageError),
        ({"audit_logger": object()}, WrongTypeError), ({"exact_cache": {}}, WrongTypeError), ({"prompt": "Sort!"}, WrongTypeError),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused_when_the_classifier_is_made(given: dict[str, object], kind: type[Exception]):
    with pytest.raises(kind):
        ListClassifierPipeline(FakeKit(), **given)  # pyright: ignore[reportArgumentType]


def test_options_are_told_apart_by_case_where_that_is_wished():
    assert ListClassifierPipeline(FakeKit(), options=["us", "US"], case_sensitive=True).get_options() == ["us", "US"]


def test_a_hierarchy_gives_its_paths_as_options():
    classifier = ListClassifierPipeline(FakeKit(), hierarchy={"Billing": {"Refund": ["Double charge", "Return"]}, "Sales": None})

    assert classifier.get_options() == ["Billing > Refund > Double charge", "Billing > Refund > Return", "Sales"]
    assert ListClassifierPipeline(FakeKit(), hierarchy=["A>B", "A > C"]).get_options() == ["A > B", "A > C"]
    with pytest.raises(UsageError, match="empty"):
        ListClassifierPipeline(FakeKit(), hierarchy=["A > > B"])


def test_an_uncertain_label_is_one_of_the_options_and_marks_its_results():
    kit = FakeKit([selected("unclear", confidence=0.9), selected("Sales", confidence=0.9)])
    classifier = ListClassifierPipeline(kit, options=OPTIONS, uncertain_label="Unclear")
    first, second = classifier.run("hm"), classifier.run("offer?")

    assert (first.first, first.uncertain) == ("Unclear", True)
    assert first.options_provided == [*OPTIONS, "Unclear"]
    assert not second.uncertain


def test_the_threshold_leaves_labels_out_but_never_the_best():
    def with_confidences(one: float, other: float) -> ClassifierResult:
        answer = selected([{"option": "Billing", "confidence": one}, {"option": "Sales", "confidence": other}])
        kit = FakeKit([answer])
        return ListClassifierPipeline(kit, options=OPTIONS, selection_mode="multiple", confidence_threshold=0.5).run("text")

    assert with_confidences(0.3, 0.8).selected == ["Sales"]
    assert not with_confidences(0.3, 0.8).uncertain
    assert with_confidences(0.3, 0.2).selected == ["Billing"]
    assert with_confidences(0.3, 0.2).uncertain


def test_a_label_that_is_not_sure_enough_is_not_given():
    def abstaining(answer: str, label: str | None = None) -> ClassifierResult:
        classifier = ListClassifierPipeline(FakeKit([answer]), options=OPTIONS, abstain_below=0.6, uncertain_label=label)
        return classifier.run("text")

    sure, unsure = selected("Sales", confidence=0.7), selected("Sales", confidence=0.5)
    assert abstaining(sure).first == "Sales"
    assert (abstaining(unsure).selected, abstaining(unsure).uncertain) == ([], True)
    assert abstaining(unsure).all_scores == {"Sales": 0.5}
    assert abstaining(unsure, "Ask a human").first == "Ask a human"
    assert abstaining(unsure, "Ask a human").top_confidence is None
    assert abstaining(selected("Sales")).uncertain, "nobody knows how sure it is"


@both
def test_a_model_may_find_that_no_option_fits(colour: str):
    found = ran(colour, ListClassifierPipeline(FakeKit([selected("(none of these)")]), options=OPTIONS, detect_out_of_scope=True))

    assert found.out_of_scope
    assert found.is_empty
    assert found.confidences is None


def test_confidences_may_be_left_out():
    kit = FakeKit(["Billing"], abilities=Abilities(json_schema=True))
    found = ListClassifierPipeline(kit, options=OPTIONS, include_confidence=False).run("text")

    assert (found.first, found.confidences, found.confidence_kind) == ("Billing", None, None)
    assert "how sure" not in kit.calls[0]["messages"][-1]["content"]


def test_a_kit_with_labels_is_held_to_them():
    kit = FakeKit(["Billing"])
    found = ListClassifierPipeline(kit, options=OPTIONS, include_confidence=False).run("text")

    assert found.first == "Billing"
    assert kit.calls[0]["extra"]["labels"] == OPTIONS
    assert kit.calls[0]["response_model"] is None


def test_scores_of_all_options_and_reasons_are_asked_for():
    answer = selected(
        "Billing", reasoning="Money.", all_scores=[{"option": "Billing", "score": 0.7}, {"option": "Sales", "score": 0.2}]
    )
    kit = FakeKit([answer])
    found = ListClassifierPipeline(kit, options=OPTIONS, score_all=True, include_reasoning=True).run("text")

    assert found.all_scores == {"Billing": 0.7, "Sales": 0.2}, "what was not told is not known"
    assert (found.top_confidence, found.reasoning) == (0.7, "Money.")


def test_a_result_comes_in_the_shape_that_was_asked_for():
    classifier = ListClassifierPipeline(FakeKit([selected("Sales", confidence=1)], repeat_last=True), options=OPTIONS)

    assert classifier.run("text", output_format="string") == "Sales"
    assert classifier.run("text", output_format="dict")["selected"] == ["Sales"]
    failing = ListClassifierPipeline(FakeKit([""], repeat_last=True), options=OPTIONS, safe_mode=True, output_format="string")
    assert failing.run("text").startswith("[error] ")  # pyright: ignore[reportAttributeAccessIssue]
    assert failing.run("text", output_format="dict")["selected"] == []


def test_a_prompt_of_the_users_keeps_its_words_and_not_its_form():
    prompt = RactoPrompt(role="You know trains.", aim="Sort.", constraints=[], tone="", output_format="markdown")
    kit = FakeKit([selected("Sales", confidence=1)])
    ListClassifierPipeline(kit, options=OPTIONS, prompt=prompt).run("text")

    system = kit.calls[0]["messages"][0]["content"]
    assert "You know trains." in system
    assert "Markdown." not in system


@both
def test_any_object_with_chat_and_achat_answers(colour: str):
    kit = PlainKit(script(['I say: "Sales"']))
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS))

    assert (found.first, found.top_confidence, found.cost) == ("Sales", None, None)
    with pytest.raises(WrongTypeError, match="kit is a kit"):
        ListClassifierPipeline("gpt", options=OPTIONS)  # pyright: ignore[reportArgumentType]


def test_the_price_of_all_answers_is_told():
    kit = PaidKit([FakeReply(("no",), usage={"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}),
                   FakeReply((selected("Sales", confidence=1),), usage={"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100})])  # fmt: skip
    found = ListClassifierPipeline(kit, options=OPTIONS).run("text")

    assert found.cost == Decimal("0.0003")
    assert (found.usage.input_tokens, found.usage.output_tokens) == (2000, 200)


def test_options_are_changed_from_several_threads():
    classifier = ListClassifierPipeline(FakeKit(), options=["start"])

    def add(name: str) -> None:
        for number in range(40):
            classifier.add_option(f"{name} {number}", f"the number {number}")

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(classifier.get_options() or []) == 161
    classifier.remove_option("START")
    assert "start" not in (classifier.get_options() or [])
    with pytest.raises(UsageError, match="none of the options"):
        classifier.remove_option("start")
    with pytest.raises(UsageError, match="are the same"):
        classifier.add_option("A 0")
    classifier.set_options(["X"])
    assert classifier.get_options() == ["X"]


@both
def test_a_batch_keeps_its_order(colour: str):
    kit = PlainKit(lambda config: selected("Sales" if "buy" in config.user_message else "Billing"))
    found = ran_many(colour, ListClassifierPipeline(kit, options=OPTIONS), ["buy one", "charged", "buy two"] * 4)

    assert [each.first for each in found] == ["Sales", "Billing", "Sales"] * 4
    assert ran_many(colour, ListClassifierPipeline(kit, options=OPTIONS), []) == []


@both
def test_one_bad_text_takes_nothing_from_the_others(colour: str):
    def answer(config: object) -> str:
        if "bad" in str(getattr(config, "user_message", "")):
            raise RactoGatewayServerError("no luck", status_code=500)
        return selected("Sales")

    safe = ListClassifierPipeline(PlainKit(answer), options=OPTIONS, safe_mode=True)
    assert [each.error for each in ran_many(colour, safe, ["good", "bad", " ", "good"])] == [
        None, "no luck", "The text to classify is blank.", None,
    ]  # fmt: skip
    with pytest.raises(RactoGatewayServerError, match="no luck") as caught:
        ran_many(colour, ListClassifierPipeline(PlainKit(answer), options=OPTIONS), ["good", "bad", "good"])
    results = caught.value.results  # pyright: ignore[reportAttributeAccessIssue]
    assert [getattr(each, "first", each) for each in results] == ["Sales", caught.value, "Sales"]
    assert "text 1 of 3" in caught.value.__notes__[0]


@both
def test_no_more_texts_are_asked_about_at_once_than_wished(colour: str):
    running, most, lock = 0, 0, threading.Lock()
    gate = threading.Event()

    class Counting(PlainKit):
        def chat(self, config: object) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
            nonlocal running, most
            with lock:
                running, most = running + 1, max(most, running + 1)
            gate.wait(0.02)
            with lock:
                running -= 1
            return super().chat(config)  # pyright: ignore[reportArgumentType]

        async def achat(self, config: object) -> object:  # pyright: ignore[reportIncompatibleMethodOverride]
            return await asyncio.to_thread(self.chat, config)

    classifier = ListClassifierPipeline(Counting(lambda _: selected("Sales")), options=OPTIONS)  # pyright: ignore[reportArgumentType]
    ran_many(colour, classifier, ["text"] * 9, max_concurrency=3)

    assert 1 < most <= 3
    with pytest.raises(UsageError, match="max_concurrency"):
        ran_many(colour, classifier, ["text"], max_concurrency=0)
    with pytest.raises(WrongTypeError, match="list of texts"):
        ran_many(colour, classifier, "text")


def test_the_async_class_awaits_run_and_batch_run():
    classifier = AsyncListClassifierPipeline(FakeKit([selected("Sales", confidence=1)], repeat_last=True), options=OPTIONS)

    async def main() -> tuple[object, list[object]]:
        return await classifier.run("text", output_format="string"), await classifier.batch_run(["a", "b"])

    one, many = run_unblocked(main())
    assert one == "Sales"
    assert [each.first for each in many] == ["Sales", "Sales"]


def test_a_classifier_opens_its_kit_by_name_and_closes_it():
    with ListClassifierPipeline.from_provider("embedded", "smollm2-135m", options=OPTIONS, votes=3) as classifier:
        assert "smollm2-135m" in repr(classifier)
        assert classifier.get_options() == OPTIONS
    with pytest.raises(ProviderNotFoundError, match="Did you mean 'openai'"):
        ListClassifierPipeline.from_provider("opnai", "gpt")


def test_roles_of_a_conversation_reach_the_model():
    kit = PlainKit(script([selected("Sales")]))

    class Memory:
        def __init__(self) -> None:
            self.turns = [{"role": "user", "content": "x" * 400}, {"role": "assistant", "content": "Billing"}] * 5

        def append(self, conversation_id: str, role: str, content: str) -> None:
            self.turns.append({"role": role, "content": content})

        def get_history(self, conversation_id: str) -> list[dict[str, str]]:
            return list(self.turns)

    memory = Memory()
    ListClassifierPipeline(kit, options=OPTIONS, memory=memory).run("What now?", session_id="s")

    assert [turn.role for turn in kit.calls[0].history] == [MessageRole.USER, MessageRole.ASSISTANT] * 3
    assert len(kit.calls[0].history[0].content) == 300
    assert memory.turns[-2:] == [{"role": "user", "content": "What now?"}, {"role": "assistant", "content": "Sales"}]
