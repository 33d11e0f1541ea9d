"""Messages, examples and datasets as values."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune import FileLink, Finding, RactoDataset, RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.prompts.files import RactoFile

PICTURE = RactoFile(b"\x89PNG", "image/png", name="chart.png")


def test_a_pair_has_its_system_text_and_its_files():
    example = RactoTrainingExample.from_pair("What is it?", "A chart.", system="Be brief.", user_attachments=[PICTURE])
    assert [(message.role, message.content) for message in example.messages] == [
        ("system", "Be brief."),
        ("user", "What is it?"),
        ("assistant", "A chart."),
    ]
    assert example.messages[1].attachments == (PICTURE,)


def test_messages_are_values_that_cannot_be_changed():
    message = RactoTrainingMessage("user", "Hi", attachments=[PICTURE])
    assert message == RactoTrainingMessage("user", "Hi", (PICTURE,))
    with pytest.raises(AttributeError):
        message.content = "Bye"  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    "parts", [("a",), (PICTURE, "a"), ("a", PICTURE), ("a", "b"), (PICTURE,), ("a", FileLink("gs://x"), "b")]
)
def test_the_order_of_texts_and_files_is_kept(parts: tuple[object, ...]):
    message = RactoTrainingMessage.of_parts("user", parts)  # pyright: ignore[reportArgumentType]
    assert message.in_order() == parts
    assert message.content == "".join(part for part in parts if isinstance(part, str))


def test_a_conversation_with_a_turn_that_is_no_pair_is_refused():
    with pytest.raises(UsageError, match="Turn 1"):
        RactoTrainingExample.from_conversation([("user", "Hi"), ("assistant",)])  # pyright: ignore[reportArgumentType]


def test_what_is_no_example_is_refused_and_nothing_is_added():
    data = RactoDataset.from_pairs([("a", "b")])
    with pytest.raises(WrongTypeError, match="from_pair"):
        data.extend([data[0], {"messages": []}])  # pyright: ignore[reportArgumentType]
    assert len(data) == 1


def test_a_slice_of_a_dataset_is_a_dataset():
    data = RactoDataset.from_pairs([("a", "b"), ("c", "d"), ("e", "f")])
    assert data[1:] == RactoDataset(list(data)[1:])
    assert data[-1].messages[0].content == "e"


def test_arguments_of_a_call_are_kept_to_the_letter():
    assert TrainingToolCall("f", '{"a":  1}').arguments == '{"a":  1}'
    assert TrainingToolCall("f", '{"a":  1}').parsed() == {"a": 1}
    assert TrainingToolCall("f", "[1]").parsed() is None
    with pytest.raises(UsageError, match="values of JSON"):
        TrainingToolCall.of("f", {"a": object()})


def test_a_finding_reads_as_a_sentence_with_its_place():
    assert str(Finding("few", "error", "There are too few.")) == "There are too few."
    assert str(Finding("empty_content", "error", "It is empty.", example=3)) == "Example 3: It is empty."
