"""A response model: a valid instance, or an error that says why not. Nothing is ever invented."""

from __future__ import annotations

import pytest
from colours import run_unblocked
from pydantic import BaseModel, RootModel, create_model, field_validator

from racto_nb.exceptions import ContextOverflowError, ResponseModelValidationError
from racto_nb.models import ChatConfig, FinishReason, Message, ToolCallResult
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import FakeKit, FakeReply


class Invoice(BaseModel):
    """An invoice."""

    customer: str
    total: float


GOOD = '{"customer": "ACME", "total": 5}'
ASK = ChatConfig(user_message="Read the invoice.", response_model=Invoice)


def test_a_valid_answer_is_parsed_and_its_text_kept():
    answer = FakeKit([GOOD]).chat(ASK)
    assert answer.parsed == {"customer": "ACME", "total": 5.0}
    assert answer.content == GOOD


def test_a_fence_around_a_valid_answer_is_seen_through_and_kept_in_the_text():
    fenced = f"```json\n{GOOD}\n```"
    answer = FakeKit([fenced]).chat(ASK)
    assert (answer.parsed, answer.content) == ({"customer": "ACME", "total": 5.0}, fenced)


@pytest.mark.parametrize(
    "bad",
    ["not JSON", "", "[1, 2]", '{"customer": "ACME"}', '{"customer": "ACME", "total": "much"}', f"Here it is: {GOOD}", "null"],
)
def test_an_answer_that_does_not_fit_is_asked_for_again(bad: str):
    kit = FakeKit([bad, GOOD])
    assert kit.chat(ASK).parsed == {"customer": "ACME", "total": 5.0}
    assert len(kit.calls) == 2


def test_asking_again_keeps_the_conversation_and_adds_the_bad_answer_and_the_reasons():
    history = [Message(role="user", content="Hello"), Message(role="assistant", content="Hi")]
    kit = FakeKit(['{"customer": "ACME"}', GOOD])
    kit.chat(ASK.model_copy(update={"history": history}))
    system, *later = kit.calls[1]["messages"]
    assert system == kit.calls[0]["messages"][0]
    assert [(turn["role"], turn["content"]) for turn in later[:-1]] == [
        ("user", "Hello"),
        ("assistant", "Hi"),
        ("user", "Read the invoice."),
        ("assistant", '{"customer": "ACME"}'),
    ]
    assert later[-1]["role"] == "user"
    assert "total: Field required" in later[-1]["content"]


def test_each_bad_answer_stays_in_the_conversation():
    kit = FakeKit(["first", "second", GOOD])
    kit.chat(ASK)
    said = [turn["content"] for turn in kit.calls[2]["messages"] if turn["role"] == "assistant"]
    assert said == ["first", "second"]


def test_asking_again_keeps_the_options_and_the_attachments():
    config = ASK.model_copy(
        update={
            "attachments": [RactoFile(b"total: 5", "text/plain", name="invoice.txt")],
            "temperature": 0.7,
            "max_tokens": 99,
            "extra": {"seed": 4},
        }
    )
    kit = FakeKit(["bad", GOOD])
    kit.chat(config)
    first, second = kit.calls
    assert [second[key] for key in ("temperature", "max_tokens", "extra")] == [0.7, 99, {"seed": 4}]
    assert "[File: invoice.txt]\ntotal: 5" in str(first["messages"][-1]["content"])
    assert [turn for turn in second["messages"] if "[File: invoice.txt]\ntotal: 5" in turn["content"]] == [first["messages"][-1]]


def test_the_callers_config_is_not_changed_by_asking_again():
    history = [Message(role="user", content="Hello")]
    config = ASK.model_copy(update={"history": history})
    before = config.model_copy(deep=True)
    FakeKit(["bad", GOOD]).chat(config)
    assert config == before
    assert history == [Message(role="user", content="Hello")]


def test_the_usage_is_the_sum_over_all_answers():
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    kit = FakeKit([FakeReply(("bad",), usage=usage), FakeReply((GOOD,), usage=usage | {"cached_tokens": 5})])
    assert kit.chat(ASK).usage == {"prompt_tokens": 20, "completion_tokens": 4, "total_tokens": 24, "cached_tokens": 5}


def test_when_no_answer_fits_the_error_counts_the_attempts_and_carries_the_last_answer():
    kit = FakeKit(["one", "two", '{"customer": "ACME"}'])
    with pytest.raises(ResponseModelValidationError) as caught:
        kit.chat(ASK)
    error = caught.value
    assert (error.attempts, error.raw_response, len(kit.calls)) == (3, '{"customer": "ACME"}', 3)
    assert "not a valid Invoice after 3 attempts: total: Field required" in str(error)
    assert error.__cause__ is error.last_error


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_the_wanted_number_of_further_attempts_is_made(retries: int):
    kit = FakeKit(["bad"], repeat_last=True)
    with pytest.raises(ResponseModelValidationError) as caught:
        kit.chat(ASK.model_copy(update={"max_validation_retries": retries}))
    assert (caught.value.attempts, len(kit.calls)) == (retries + 1, retries + 1)


def test_an_answer_that_was_cut_says_so():
    kit = FakeKit(
        [FakeReply(('{"customer": ',), finish_reason=FinishReason.LENGTH, usage={"completion_tokens": 4096})], repeat_last=True
    )
    with pytest.raises(ResponseModelValidationError, match=r"cut at 4096 tokens: raise max_tokens \(now 4096\)"):
        kit.chat(ASK)


def test_an_answer_that_the_window_has_cut_is_not_said_to_need_more_max_tokens():
    kit = FakeKit([FakeReply(('{"customer": ',), finish_reason=FinishReason.LENGTH, usage={"completion_tokens": 3})])
    with pytest.raises(ResponseModelValidationError, match=r"cut at 3 tokens, before max_tokens \(4096\): the model") as caught:
        kit.chat(ASK)
    assert "raise max_tokens" not in str(caught.value)


def test_an_answer_that_was_withheld_says_so():
    with pytest.raises(ResponseModelValidationError, match="withheld by the provider's content filter"):
        FakeKit([FakeReply((), finish_reason=FinishReason.CONTENT_FILTER)]).chat(ASK)


@pytest.mark.parametrize(
    ("reason", "first"),
    [
        (FinishReason.CONTENT_FILTER, "The answer was withheld by the provider's content filter: "),
        (FinishReason.LENGTH, "The answer was cut at "),
    ],
)
def test_that_an_answer_was_cut_or_withheld_is_said_before_what_does_not_fit(reason: FinishReason, first: str):
    with pytest.raises(ResponseModelValidationError, match="What came is not a valid Invoice after 1 attempt: ") as caught:
        FakeKit([FakeReply(("I cannot help with that.",), finish_reason=reason)]).chat(ASK)
    assert str(caught.value).startswith(first)


@pytest.mark.parametrize("reason", [FinishReason.LENGTH, FinishReason.CONTENT_FILTER])
def test_an_answer_that_was_cut_or_withheld_is_not_asked_for_again(reason: FinishReason):
    kit = FakeKit([FakeReply(("{",), finish_reason=reason), GOOD])
    with pytest.raises(ResponseModelValidationError) as caught:
        kit.chat(ASK)
    assert (len(kit.calls), caught.value.attempts) == (1, 1)


def test_an_answer_that_was_cut_but_fits_is_taken():
    kit = FakeKit([FakeReply((GOOD,), finish_reason=FinishReason.LENGTH)])
    assert kit.chat(ASK).parsed == {"customer": "ACME", "total": 5.0}


def test_the_error_carries_the_usage_of_all_answers():
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
    with pytest.raises(ResponseModelValidationError) as caught:
        FakeKit([FakeReply(("bad",), usage=usage)], repeat_last=True).chat(ASK)
    assert caught.value.response.usage == {"prompt_tokens": 30, "completion_tokens": 6, "total_tokens": 36}


def test_the_tokens_of_a_cut_answer_are_its_own_and_not_the_sum():
    bad = FakeReply(("bad",), usage={"completion_tokens": 50})
    kit = FakeKit([bad, FakeReply(("{",), finish_reason=FinishReason.LENGTH, usage={"completion_tokens": 3})])
    with pytest.raises(ResponseModelValidationError, match="cut at 3 tokens") as caught:
        kit.chat(ASK)
    assert caught.value.response.usage == {"completion_tokens": 53}


def test_no_room_for_another_attempt_is_the_validation_failure_and_not_the_overflow():
    overflow = ContextOverflowError("The prompt has 9 tokens.", tokens=9, window=5)
    kit = FakeKit(["bad", overflow])
    with pytest.raises(ResponseModelValidationError, match="did not fit the model's window: The prompt has 9 tokens") as caught:
        kit.chat(ASK)
    error = caught.value
    assert (error.attempts, error.raw_response, error.__context__) == (1, "bad", overflow)
    assert error.__cause__ is error.last_error


def test_a_first_question_without_room_is_the_overflow_itself():
    overflow = ContextOverflowError("The prompt has 9 tokens.", tokens=9, window=5)
    with pytest.raises(ContextOverflowError) as caught:
        FakeKit([overflow]).chat(ASK)
    assert caught.value is overflow


def test_the_error_names_three_reasons_in_one_line_and_says_what_to_do():
    fields = {f"field_{number}": (int, ...) for number in range(18)}
    kit = FakeKit(["{}"], repeat_last=True)
    with pytest.raises(ResponseModelValidationError) as caught:
        kit.chat(ChatConfig(user_message="Hi", response_model=create_model("Wide", **fields)))
    message = str(caught.value)
    assert "field_2: Field required; and 15 more. Ask again, simplify the class, or use a more able model." in message
    assert "field_3" not in message


def test_a_reason_with_line_breaks_is_told_in_one_line():
    class Strict(BaseModel):
        """A model whose own error has several lines."""

        value: int

        @field_validator("value")
        @classmethod
        def _never(cls, value: int) -> int:
            raise ValueError("no\n\n  never " + "x" * 500)

    kit = FakeKit(['{"value": 1}'], repeat_last=True)
    with pytest.raises(ResponseModelValidationError) as caught:
        kit.chat(ChatConfig(user_message="Hi", response_model=Strict))
    assert "\n" not in str(caught.value)
    assert "no never" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_an_answer_with_half_a_character_is_asked_for_again():
    assert FakeKit(["bad \ud83d", GOOD]).chat(ASK).parsed == {"customer": "ACME", "total": 5.0}


def test_an_answer_that_calls_a_tool_is_not_the_final_one_and_is_not_checked():
    call = ToolCallResult(name="search", arguments={})
    kit = FakeKit([FakeReply(("let me look",), finish_reason=FinishReason.TOOL_CALL, tool_calls=(call,))])
    assert kit.chat(ASK).tool_calls == [call]


def test_an_empty_answer_is_shown_to_the_model_as_empty():
    kit = FakeKit(["", GOOD])
    kit.chat(ASK)
    assert kit.calls[1]["messages"][-2] == {"role": "assistant", "content": "(empty)"}


def test_a_list_model_gives_a_list():
    class Names(RootModel[list[str]]):
        """Names."""

    kit = FakeKit(['["a", "b"]'])
    assert kit.chat(ChatConfig(user_message="Names?", response_model=Names)).parsed == ["a", "b"]


def test_a_stream_that_does_not_fit_raises_at_once_after_its_pieces():
    kit, said = FakeKit(["not JSON", GOOD]), []
    with pytest.raises(ResponseModelValidationError) as caught:
        said.extend(chunk.delta.text for chunk in kit.stream(ASK))
    assert (caught.value.attempts, caught.value.raw_response) == (1, "not JSON")
    assert len(kit.calls) == 1


def test_a_stream_that_fits_has_the_parsed_value_on_its_final_chunk():
    chunks = list(FakeKit([GOOD]).stream(ASK))
    assert [chunk.parsed for chunk in chunks[:-1]] == [
        {},
        {"customer": "ACME"},
        {"customer": "ACME"},
        {"customer": "ACME", "total": 5},
    ]
    assert chunks[-1].parsed == {"customer": "ACME", "total": 5.0}


def test_async_callers_are_asked_again_too():
    assert run_unblocked(FakeKit(["bad", GOOD]).achat(ASK)).parsed == {"customer": "ACME", "total": 5.0}


def test_without_a_response_model_nothing_is_asked_again():
    kit = FakeKit(["not JSON"])
    assert kit.chat(ChatConfig(user_message="Hi")).parsed is None
    assert len(kit.calls) == 1
