"""The documented face of validation: the kits' rules, for answers that a program fetched itself."""

from __future__ import annotations

import json

import pytest
from adapters.adapter_table import Sync
from colours import run_unblocked
from pydantic import BaseModel, RootModel

from racto_nb._validation import (
    async_validate_and_retry,
    validate_and_retry,
    validate_stream_final,
    with_inferred_response_model,
)
from racto_nb.exceptions import ContextOverflowError, ResponseModelValidationError, UsageError, WrongTypeError
from racto_nb.models import ChatConfig, FinishReason, LLMResponse
from racto_nb.prompts.engine import RactoPrompt


class Invoice(BaseModel):
    """An invoice."""

    customer: str
    total: float


GOOD = '{"customer": "ACME", "total": 5}'
ASK = ChatConfig(user_message="Read the invoice.", response_model=Invoice)
PARTS = {"role": "You read.", "aim": "Read.", "constraints": [], "tone": "Calm"}


def said(text: str | None, **more: object) -> LLMResponse:
    return LLMResponse(content=text, usage={"total_tokens": 5}, **more)


class Replies:
    """`adapter_run` and `adapter_arun`, from a list."""

    def __init__(self, *texts: str) -> None:
        self.left, self.asked = list(texts), []

    def run(self, correction: str, /) -> LLMResponse:
        self.asked.append(correction)
        return said(self.left.pop(0))

    async def arun(self, correction: str, /) -> LLMResponse:
        return self.run(correction)


def in_thread(response: LLMResponse, config: ChatConfig, replies: Replies) -> LLMResponse:
    return validate_and_retry(response, config, adapter_run=replies.run)


def on_loop(response: LLMResponse, config: ChatConfig, replies: Replies) -> LLMResponse:
    return run_unblocked(async_validate_and_retry(response, config, adapter_arun=replies.arun))


BOTH = pytest.mark.parametrize("validate", [in_thread, on_loop])


@BOTH
def test_a_valid_answer_is_not_asked_for_again(validate):
    replies = Replies()
    response = validate(said(GOOD), ASK, replies)
    assert (response.parsed, response.parsed_model) == ({"customer": "ACME", "total": 5.0}, Invoice(customer="ACME", total=5))
    assert (response.content, replies.asked) == (GOOD, [])


@BOTH
def test_the_correction_holds_the_question_the_bad_answer_and_the_reasons(validate):
    replies = Replies(GOOD)
    response = validate(said('{"customer": "ACME"}'), ASK, replies)
    assert response.parsed == {"customer": "ACME", "total": 5.0}
    (correction,) = replies.asked
    assert all(part in correction for part in ("Read the invoice.", '{"customer": "ACME"}', "total: Field required"))


@BOTH
def test_the_usage_is_the_sum_over_all_answers(validate):
    assert validate(said("bad"), ASK, Replies("worse", GOOD)).usage == {"total_tokens": 15}


@BOTH
@pytest.mark.parametrize("retries", [0, 1, 5])
def test_after_as_many_retries_as_allowed_it_is_an_error(validate, retries: int):
    replies = Replies(*["still bad"] * 9)
    with pytest.raises(ResponseModelValidationError) as caught:
        validate(said("bad"), ASK.model_copy(update={"max_validation_retries": retries}), replies)
    assert (caught.value.attempts, len(replies.asked)) == (retries + 1, retries)
    assert caught.value.raw_response == ("still bad" if retries else "bad")


@BOTH
def test_missing_fields_are_never_filled_in(validate):
    with pytest.raises(ResponseModelValidationError, match="total: Field required"):
        validate(said('{"customer": "ACME"}'), ASK, Replies(*['{"customer": "ACME"}'] * 2))


@BOTH
def test_without_a_class_nothing_is_asked_again(validate):
    response = validate(said("any text"), ChatConfig(user_message="Hi"), Replies())
    assert (response.content, response.parsed, response.parsed_model) == ("any text", None, None)


@BOTH
def test_what_was_parsed_already_is_validated(validate):
    response = validate(said(None, parsed={"customer": "ACME", "total": 5}), ASK, Replies())
    assert response.parsed_model == Invoice(customer="ACME", total=5)


@BOTH
def test_a_call_of_tools_is_not_validated(validate):
    response = said(None, finish_reason=FinishReason.TOOL_CALL)
    assert validate(response, ASK, Replies()).parsed_model is None


@BOTH
def test_an_answer_that_was_withheld_is_not_asked_for_again(validate):
    replies = Replies(GOOD)
    with pytest.raises(ResponseModelValidationError, match="content filter"):
        validate(said("no", finish_reason=FinishReason.CONTENT_FILTER), ASK, replies)
    assert replies.asked == []


def test_a_correction_without_room_says_both():
    def run(_: str) -> LLMResponse:
        raise ContextOverflowError("too long")

    with pytest.raises(ResponseModelValidationError, match=r"total: Field required.* did not fit the model's window: too long"):
        validate_and_retry(said('{"customer": "ACME"}'), ASK, adapter_run=run)


def test_an_async_function_is_refused_where_nobody_can_await_it():
    with pytest.raises(UsageError, match="is async"):
        validate_and_retry(said("bad"), ASK, adapter_run=Replies(GOOD).arun)


@pytest.mark.parametrize("text", [GOOD, f"```json\n{GOOD}\n```"])
def test_the_end_of_a_stream_is_validated(text: str):
    assert validate_stream_final(text, ASK) == {"customer": "ACME", "total": 5.0}


@pytest.mark.parametrize("text", ["", "In short: 5", '{"customer": "ACME"}', "[1]"])
def test_the_end_of_a_stream_that_does_not_fit_is_an_error_at_once(text: str):
    with pytest.raises(ResponseModelValidationError, match="after 1 attempt") as caught:
        validate_stream_final(text, ASK)
    assert caught.value.raw_response == text


@pytest.mark.parametrize(("text", "found"), [('{"a": 1}', {"a": 1}), ("[1]", [1]), ("words", None)])
def test_without_a_class_the_end_of_a_stream_is_its_json(text: str, found: object):
    assert validate_stream_final(text, ChatConfig(user_message="Hi")) == found


def test_a_class_of_the_prompt_is_inferred():
    prompt = RactoPrompt(**PARTS, output_format=Invoice)
    config = ChatConfig(user_message="Hi", temperature=0.5)
    inferred = with_inferred_response_model(config, prompt)
    assert (inferred.response_model, inferred.temperature, config.response_model) == (Invoice, 0.5, None)


@pytest.mark.parametrize("prompt", [None, RactoPrompt(**PARTS, output_format="json")])
def test_where_no_class_is_implied_the_config_is_the_same(prompt: RactoPrompt | None):
    config = ChatConfig(user_message="Hi")
    assert with_inferred_response_model(config, prompt) is config


def test_a_class_that_was_given_stays():
    class Other(BaseModel):
        """Another."""

        name: str

    assert with_inferred_response_model(ASK, RactoPrompt(**PARTS, output_format=Other)) is ASK


def test_a_root_of_a_bare_value_is_refused():
    with pytest.raises(UsageError, match="is a root model of something else"):
        with_inferred_response_model(ChatConfig(user_message="Hi"), RactoPrompt(**PARTS, output_format=RootModel[int]))


@pytest.mark.parametrize("wrong", [None, {"user_message": "Hi"}])
def test_what_is_no_config_is_refused(wrong: object):
    with pytest.raises(WrongTypeError, match="config is a ChatConfig"):
        validate_stream_final("x", wrong)
    with pytest.raises(WrongTypeError, match="config is a ChatConfig"):
        with_inferred_response_model(wrong, None)


def test_the_gateway_and_this_face_agree():
    from racto_nb.adapters.kit_adapter import KitAdapter
    from racto_nb.gateway import Gateway
    from racto_nb.testing import FakeKit

    by_gateway = Sync().ask(Gateway(KitAdapter(FakeKit(["bad", GOOD]))), user_message="Hi", response_model=Invoice)
    by_face = in_thread(said("bad"), ASK, Replies(GOOD))
    assert by_gateway.parsed == by_face.parsed == json.loads(GOOD)
