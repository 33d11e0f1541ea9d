"""Where confidences come from: token probabilities, votes, what a model states, or nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from pipelines.classifier.sorting_kits import COLOURS, OPTIONS, PlainKit, ran, script, selected
from shared_material import MISSING, shared_path

from racto_nb import embedded_developer_kit as embedded
from racto_nb import ollama_developer_kit as local
from racto_nb import openai_developer_kit as gpt
from racto_nb.cache import ExactMatchCache
from racto_nb.exceptions import ClassificationError, RactoGatewayServerError, UnsupportedError, UsageError
from racto_nb.kits.likelihoods import Token, tokens_of, wish_for_logprobs
from racto_nb.models.response import LLMResponse
from racto_nb.pipelines import ListClassifierPipeline
from racto_nb.pipelines.list_classifier.chances import chances_of
from racto_nb.pipelines.list_classifier.forms import Form
from racto_nb.pipelines.list_classifier.labels import Labels
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit, FakeProvider

both = pytest.mark.parametrize("colour", COLOURS)


def token(text: str, share: float, **others: float) -> dict[str, Any]:
    """A token as Chat Completions tells it."""
    rest = [{"token": other, "logprob": math.log(number)} for other, number in others.items()]
    return {"token": text, "logprob": math.log(share), "top_logprobs": [{"token": text, "logprob": math.log(share)}, *rest]}


def reply(*tokens: dict[str, Any]) -> LLMResponse:
    return LLMResponse(
        content="".join(each["token"] for each in tokens), raw={"choices": [{"logprobs": {"content": list(tokens)}}]}
    )


IN_JSON = (token('{"selected": "', 0.9), token("Bill", 0.6, Sales=0.2, Account=0.1), token("ing", 0.5, s=0.5), token('"}', 0.99))


@both
def test_token_probabilities_are_a_confidence(colour: str):
    kit = PlainKit(lambda _: reply(*IN_JSON))
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, confidence_from="logprobs", score_all=True))

    assert found.confidence_kind == "logprobs"
    assert found.top_confidence == pytest.approx(0.75), "0.6 of the 0.8 that begin an option; then nothing else can follow"
    assert found.all_scores == pytest.approx({"Billing": 0.75, "Sales": 0.25}), "nobody knows of Technical Support"
    assert kit.calls[0].extra == {"logprobs": True, "top_logprobs": 5}


@both
def test_where_no_probabilities_are_told_the_confidence_is_unknown(colour: str):
    kit = PlainKit(script([selected("Sales")]))
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, confidence_from="logprobs"))

    assert (found.first, found.top_confidence, found.confidence_kind) == ("Sales", None, None)


def test_probabilities_of_another_text_are_none():
    said = reply(*IN_JSON).model_copy(update={"content": selected("Sales")})

    assert tokens_of(said) is None


def test_a_token_of_unknown_likelihood_makes_the_confidence_unknown():
    event = {"choices": [{"delta": {"content": "Sales"}, "logprobs": {"content": [{"token": "x", "logprob": -1}]}}]}
    said = tokens_of(LLMResponse(content="Sales", raw=[event]))

    assert said == [Token(b"Sales", None)]
    assert chances_of(Form(Labels(tuple(OPTIONS)), bare=True), "Sales", "Sales", said) is None


def test_a_label_that_begins_another_one_has_no_chance_of_its_own_without_an_end():
    form = Form(Labels(("Sales", "Sales EU")), bare=True)

    assert chances_of(form, "Sales", "Sales", [Token(b"Sales", -0.1)]) is None
    inside = [
        Token(b'{"selected": "', -0.1),
        Token(b"Sales", -0.1),
        Token(b'"', math.log(0.6), ((b" EU", math.log(0.2)),)),
        Token(b"}", 0.0),
    ]
    found = chances_of(Form(Labels(("Sales", "Sales EU"))), "Sales", '{"selected": "Sales"}', inside)
    assert found == pytest.approx({"Sales": 0.75, "Sales EU": 0.25})


def test_numbers_are_told_apart_where_they_end():
    options = tuple(f"Topic {number}" for number in range(101))
    told = [
        Token(b'{"selected": ', 0.0),
        Token(b"1", math.log(0.8), ((b"2", math.log(0.2)),)),
        Token(b"}", math.log(0.3), ((b"0", math.log(0.3)), (b"}\n", math.log(0.3)), (b"x", math.log(0.1)))),
    ]
    found = chances_of(Form(Labels(options)), "Topic 0", '{"selected": 1}', told)

    # "2" begins several numbers, and whatever is no digit ends the one: of 1.0, 0.7 go on with it.
    assert found is not None
    assert found["Topic 0"] == pytest.approx(0.8 * 0.7)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ({"choices": [{"logprobs": {"content": [{"token": "Hi", "logprob": -0.5}]}}]}, "Chat Completions"),
        ({"output": [{"content": [{"text": "Hi", "logprobs": [{"token": "Hi", "logprob": -0.5}]}]}]}, "Responses"),
        ({"message": {"content": "Hi"}, "logprobs": [{"token": "Hi", "logprob": -0.5, "bytes": [72, 105]}]}, "Ollama"),
        (
            {"candidates": [{"logprobsResult": {"chosenCandidates": [{"token": "Hi", "logProbability": -0.5}], "topCandidates": []}}]},
            "Gemini",
        ),
        ([{"choices": [{"delta": {"content": "Hi"}, "logprobs": {"content": [{"token": "Hi", "logprob": -0.5}]}}]}], "a stream"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_token_probabilities_are_read_in_every_shape(raw: Any, name: str):
    assert tokens_of(LLMResponse(content="Hi", raw=raw)) == [Token(b"Hi", -0.5)], name


def test_token_probabilities_of_a_recorded_answer_make_up_its_text():
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    import yaml

    name = "openai__test_openai__test_openai_instructions_with_responses_logprobs_streaming.yaml"
    body = yaml.safe_load((folder / "data" / "cassettes" / name).read_text())["interactions"][0]["response"]["body"]
    lines = (body["string"] if isinstance(body, dict) else body).splitlines()
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    whole = next(event["response"] for event in events if event["type"] == "response.completed")
    text = "".join(part["text"] for item in whole["output"] for part in item.get("content", []))
    found = tokens_of(LLMResponse(content=text, raw=whole))

    assert found is not None
    assert b"".join(each.written for each in found).decode() == text
    assert all(each.logprob is not None and each.logprob <= 0 for each in found)


@both
def test_votes_are_counted(colour: str):
    kit = FakeKit([selected("Sales"), selected("Billing"), "no label at all", selected("Billing")])
    classifier = ListClassifierPipeline(kit, options=OPTIONS, votes=4, max_retries=0, score_all=True)
    found = ran(colour, classifier)

    assert (found.first, found.top_confidence, found.confidence_kind) == ("Billing", 0.5, "agreement")
    assert found.all_scores == {"Billing": 0.5, "Technical Support": 0.0, "Sales": 0.25}
    assert [call["temperature"] for call in kit.calls] == [0.7] * 4
    assert found.usage.output_tokens > 0


@both
def test_votes_on_many_labels_keep_those_that_most_name(colour: str):
    kit = FakeKit([selected(["Sales", "Billing"]), selected(["Billing"]), selected(["Billing", "Technical Support"])])
    found = ran(colour, ListClassifierPipeline(kit, options=OPTIONS, votes=3, selection_mode="multiple"))

    assert (found.selected, found.confidences) == (["Billing"], [1.0])


def test_votes_that_all_fail_are_an_error_and_a_broken_connection_is_one_at_once():
    with pytest.raises(ClassificationError):
        ListClassifierPipeline(FakeKit(["?"], repeat_last=True), options=OPTIONS, votes=2, max_retries=0).run("text")
    broken = FakeKit([RactoGatewayServerError("down", status_code=500)], repeat_last=True)
    with pytest.raises(RactoGatewayServerError):
        ListClassifierPipeline(broken, options=OPTIONS, votes=2).run("text")


def test_votes_are_not_answered_by_the_cache_of_the_kit():
    kit = FakeKit(
        [selected("Sales"), selected("Billing"), selected("Billing")],
        abilities=Abilities(json_schema=True, sampling=False),
        exact_cache=ExactMatchCache(),
    )
    found = ListClassifierPipeline(kit, options=OPTIONS, votes=3).run("text")

    assert len(kit.calls) == 3
    assert found.first == "Billing"
    assert [call["temperature"] for call in kit.calls] == [0.0] * 3, "a model that takes none is not given one"


def test_what_tells_no_probabilities_is_refused_only_where_they_are_asked_for():
    kit = FakeKit([selected("Sales", confidence=0.5)])

    with pytest.raises(UnsupportedError, match="does not tell how likely"):
        ListClassifierPipeline(kit, options=OPTIONS, confidence_from="logprobs").run("text")
    with pytest.raises(UsageError, match="how likely one label is"):
        ListClassifierPipeline(kit, options=OPTIONS, confidence_from="logprobs", selection_mode="multiple")
    assert ListClassifierPipeline(kit, options=OPTIONS).run("text").confidence_kind == "stated"


@pytest.mark.filterwarnings("ignore::racto_nb.exceptions.RetiredModelWarning")  # who takes a temperature has nearly ended
def test_abilities_say_who_tells_probabilities(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")

    def told(kit: Any) -> bool | None:
        return kit.spec.abilities.logprobs

    assert told(embedded.Chat()) is True
    assert told(local.Chat()) is True
    assert told(gpt.Chat(model="gpt-4.1-mini")) is True
    assert told(gpt.Chat(model="gpt-6-luna")) is False
    assert told(gpt.Chat(model="gpt-4.1-mini", api="responses")) is None
    assert told(gpt.Chat(model="any", base_url="http://localhost:1/v1")) is None


def test_each_provider_has_its_own_words_for_the_wish():
    assert wish_for_logprobs(Abilities()) == {}
    assert wish_for_logprobs(Abilities(logprobs=True, extras=frozenset({"logprobs", "top_logprobs"}))) == {
        "logprobs": True,
        "top_logprobs": 20,
    }
    assert wish_for_logprobs(Abilities(logprobs=None, extras=frozenset({"response_logprobs", "logprobs"}))) == {
        "response_logprobs": True,
        "logprobs": 5,
    }


def test_the_wish_goes_over_a_socket_and_the_answer_is_read_without_one():
    with FakeProvider([selected("Sales")]) as server:
        kit = gpt.Chat(model="any", base_url=server.base_url("openai"), api_key="sk-test")
        found = ListClassifierPipeline(kit, options=OPTIONS, confidence_from="logprobs").run("text")

    sent = server.requests[0].json
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 5)
    assert sent["response_format"]["json_schema"]["schema"]["properties"]["selected"]["enum"] == OPTIONS
    assert (found.first, found.top_confidence) == ("Sales", None)


@pytest.mark.model
@pytest.mark.slow
@both
def test_the_embedded_model_sorts_with_the_probabilities_of_its_tokens(colour: str):
    with embedded.Chat() as kit:
        classifier = ListClassifierPipeline(kit, options=OPTIONS, score_all=True)
        found = ran(colour, classifier, "I was charged twice for my plan and want my money back")

    assert found.first in OPTIONS
    assert found.confidence_kind == "logprobs"
    assert found.top_confidence is not None
    assert 0 < found.top_confidence <= 1
    assert found.all_scores is not None
    assert sum(found.all_scores.values()) <= 1.0001
    assert found.usage.output_tokens < 10, "a label alone, not an object around it"
    assert found.cost == 0


def test_what_other_votes_took_is_told_where_one_of_them_breaks():
    said = LLMResponse(content=selected("Sales"), usage={"prompt_tokens": 10, "completion_tokens": 2})
    left = iter([said, said, RactoGatewayServerError("down", status_code=500)])

    def answer(_: Any) -> LLMResponse:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    found = ListClassifierPipeline(PlainKit(answer), options=OPTIONS, votes=3, safe_mode=True).run("text")
    assert found.error == "down"
    assert found.usage.input_tokens >= 10
