"""What is found is replaced by placeholders, and nothing else is touched."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune import (
    FileLink,
    Provenance,
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    TrainingToolCall,
)
from racto_nb.finetune.privacy.found import Kind
from racto_nb.finetune.privacy.redacting import (
    _Placeholders,  # pyright: ignore[reportPrivateUsage]
    redacted,
)
from racto_nb.finetune.privacy.scanning import EVERYTHING, scan, search_for
from racto_nb.finetune.privacy.segments import changed
from racto_nb.prompts.files import RactoFile

constants: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
MAIL, KEY = "ann@example.org", "sk-ant-api03-abcdefghijklmnop"
PIECES = st.sampled_from(
    [MAIL, "bob@x.example", KEY, "4111 1111 1111 1111", "+44 20 7946 0958", "password=hunter22", "word", '"', "\\", "é"]
)
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=6).map(" ".join)
VALUES = st.recursive(
    TEXTS | st.integers() | st.none() | st.just(4111111111111111),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["password", "phone", MAIL, "n"]), inside, max_size=3)
    ),
    max_leaves=8,
)


def test_equal_pieces_have_one_number_within_an_example():
    data = RactoDataset.from_pairs([(f"{MAIL}, or {MAIL.upper()}", f"bob@example.org and {MAIL}"), ("bob@example.org", "Hi")])
    assert [[message.content for message in example.messages] for example in data.redact()] == [
        ["[EMAIL_1], or [EMAIL_1]", "[EMAIL_2] and [EMAIL_1]"],
        ["[EMAIL_1]", "Hi"],
    ]
    assert MAIL in data[0].messages[0].content


def test_numbers_are_the_same_however_they_are_grouped():
    example = RactoTrainingExample.from_pair("4111 1111 1111 1111", "4111-1111-1111-1111 or 378282246310005")
    assert redacted(example).messages[1].content == "[CARD_1] or [CARD_2]"


def test_a_number_that_the_text_has_already_is_not_given_again():
    once = redacted(RactoTrainingExample.from_pair(f"{MAIL} {KEY}", "x"), kinds="secrets")
    again = RactoTrainingExample.from_pair("[EMAIL_1] wrote to", MAIL)
    assert once.messages[0].content == f"{MAIL} [ANTHROPIC_KEY_1]"
    assert redacted(again).messages[1].content == "[EMAIL_2]"
    taken = RactoTrainingExample.from_pair("<1:email:1> <2:email:3> <2:email:2> <03:email:03>", f"{MAIL} bob@x.example")
    assert redacted(taken, replacement="<{number}:{kind}:{number}>").messages[1].content == "<3:email:3> <4:email:4>"


def test_the_texts_are_searched_for_placeholders_once_a_kind(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    look = _Placeholders._numbers_in_texts  # pyright: ignore[reportPrivateUsage]

    def counted(self: _Placeholders, kind: str, template: str) -> set[str]:
        asked.append(kind)
        return look(self, kind, template)

    monkeypatch.setattr(_Placeholders, "_numbers_in_texts", counted)
    mails = " ".join(f"ann{number}@example.org" for number in range(300))
    made = redacted(RactoTrainingExample.from_pair(mails, f"{KEY} or {KEY}x"))
    assert made.messages[0].content.endswith("[EMAIL_299] [EMAIL_300]")
    assert asked == ["email", "anthropic_key"]


def test_arguments_of_calls_stay_json_and_all_other_letters_as_they_are():
    arguments = '{"to":  "ann\\u0040example.org", "card": 4111111111111111, "n": 1.50, "password":"hunter22","é": "\\u00e9"}'
    call = TrainingToolCall("pay", arguments, "call_1")
    example = RactoTrainingExample((RactoTrainingMessage("assistant", tool_calls=(call,)),))
    after = redacted(example).messages[0].tool_calls[0]
    assert after.arguments == '{"to":  "[EMAIL_1]", "card": "[CARD_1]", "n": 1.50, "password":"[PASSWORD_1]","é": "\\u00e9"}'
    assert (after.name, after.id) == ("pay", "call_1")


def test_arguments_that_are_no_json_are_searched_as_text():
    example = RactoTrainingExample((RactoTrainingMessage("assistant", tool_calls=(TrainingToolCall("f", f'{{"a": "{MAIL}'),)),))
    assert redacted(example).messages[0].tool_calls[0].arguments == '{"a": "[EMAIL_1]'


def test_all_texts_of_an_example_are_looked_at():
    link = FileLink(f"https://ann:s3cretword@example.org/{MAIL}.txt", "text/plain")
    picture = RactoFile(b"ann@example.org", "text/plain", name="a.txt")
    example = RactoTrainingExample(
        (RactoTrainingMessage.of_parts("user", ("Look ", picture, f"at {MAIL}", link)),),
        tools=(TrainingTool("f", f"Ask {MAIL}", {"type": "object", "description": MAIL}),),
        preferred=(RactoTrainingMessage("assistant", MAIL),),
        rejected=(RactoTrainingMessage("assistant", f"No {MAIL}"),),
        reference={"answer": MAIL, "n": 3},
        extra={"user": [MAIL]},
        tags={"group": MAIL},
        provenance=Provenance("file", MAIL),
    )
    after = redacted(example)
    assert after.messages[0].parts[0:3] == ("Look ", picture, "at [EMAIL_1]")
    assert after.messages[0].content == "Look at [EMAIL_1]"
    assert "s3cretword" not in after.messages[0].parts[3].uri  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    assert after.messages[0].attachments == (picture, after.messages[0].parts[3])
    assert after.tools[0].description == "Ask [EMAIL_1]"
    assert after.tools[0].parameters == {"type": "object", "description": "[EMAIL_1]"}
    assert [message.content for message in (*after.preferred, *after.rejected)] == ["[EMAIL_1]", "No [EMAIL_1]"]
    assert (after.reference, after.extra) == ({"answer": "[EMAIL_1]", "n": 3}, {"user": ["[EMAIL_1]"]})
    assert (after.tags, after.provenance) == (example.tags, example.provenance)


def test_an_example_without_finds_is_the_same_object():
    example = RactoTrainingExample.from_pair("What is a list?", "An ordered sequence.")
    assert redacted(example) is example


def test_only_the_kinds_that_are_named_are_replaced():
    data = RactoDataset.from_pairs([(f"{MAIL} {KEY} Zx8Qk2Lm9Vt4Rw7Yp1Ns6", "x")])
    assert data.redact(kinds="personal")[0].messages[0].content == f"[EMAIL_1] {KEY} Zx8Qk2Lm9Vt4Rw7Yp1Ns6"
    assert data.redact(kinds=["anthropic_key", "token"])[0].messages[0].content == f"{MAIL} [ANTHROPIC_KEY_1] [TOKEN_1]"
    assert data.redact(kinds=())[0] is data[0]
    with pytest.raises(UsageError, match="'email'"):
        data.redact(kinds=["emial"])


def test_the_replacement_is_a_text_or_a_function():
    data = RactoDataset.from_pairs([(f"{MAIL} bob@x.org", "x")])
    assert data.redact(replacement="<{kind}>")[0].messages[0].content == "<email> <email>"
    assert (
        data.redact(replacement=lambda kind, number: f"{kind}{number}@nobody")[0].messages[0].content
        == "email1@nobody email2@nobody"
    )
    with pytest.raises(WrongTypeError, match="replacement"):
        data.redact(replacement=3)  # pyright: ignore[reportArgumentType]


@given(TEXTS, TEXTS)
def test_redacting_again_changes_nothing_and_finds_nothing(question: str, answer: str):
    once = redacted(RactoTrainingExample.from_pair(question, answer))
    assert redacted(once) == once
    assert [found for message in once.messages for found in scan(message.content)] == []


@given(VALUES)
def test_json_stays_json_of_the_same_shape(value: Any):
    value = [value]  # a number by itself is a text
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        after = json.loads(changed(text, search_for(None), lambda kind, piece: f"[{kind}]"))
        assert shape(after) == shape(value)


def shape(value: Any) -> Any:
    """A JSON value without its texts and numbers."""
    match value:
        case dict():
            return [shape(item) for item in value.values()]  # pyright: ignore[reportUnknownVariableType]
        case list():
            return [shape(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return None


@given(st.text(alphabet='abc {}[]:,"\\1é', max_size=60))
def test_what_holds_nothing_is_left_to_the_letter(text: str):
    assert changed(text, search_for(None), lambda kind, piece: "X") == text


@pytest.mark.parametrize("kind", EVERYTHING.kinds, ids=lambda kind: f"{kind.name}-{EVERYTHING.kinds.index(kind)}")
def test_no_pattern_can_be_made_to_go_back_without_end(kind: Kind):
    """Each repetition has a bound or cannot be given back, and the bounds of nested ones that can do not multiply to much."""
    assert worst(parser.parse(kind.pattern.pattern, kind.pattern.flags)) <= 5_000


def worst(parsed: Any) -> int:
    """How often the innermost repetition that can be given back may be tried from one place."""
    most = 1
    for operation, argument in parsed:
        if operation in {constants.MAX_REPEAT, constants.MIN_REPEAT}:
            low, high, inside = argument
            assert high != constants.MAXREPEAT or is_plain(inside), "a repetition without a bound that can be given back"
            most = max(most, (min(high, 1) if high == constants.MAXREPEAT else high - low + 1) * worst(inside))
        elif operation is constants.POSSESSIVE_REPEAT:
            most = max(most, worst(argument[2]))
        elif operation is constants.SUBPATTERN:
            most = max(most, worst(argument[3]))
        elif operation is constants.ATOMIC_GROUP:
            most = max(most, worst(argument))
        elif operation is constants.BRANCH:
            most = max([most, *map(worst, argument[1])])
        elif operation in {constants.ASSERT, constants.ASSERT_NOT}:
            most = max(most, worst(argument[1]))
    return most


def is_plain(inside: Any) -> bool:
    """Whether it is one sign of a set: what follows the run of them is no such sign, as in the password of an address."""
    return len(inside) == 1 and inside[0][0] in {constants.IN, constants.NOT_LITERAL}


@pytest.mark.parametrize(
    "unit",
    ["a", "1", "1 ", "a@", "a.", "@", "+1", "sk-", "eyJ", "eyJaaaaaaaa.", "-----BEGIN PRIVATE KEY-----AAAA", "://a:", "password=", "a_", "(1",
     "0 1", "A1", "Aa ", "1 Aa ", "bearer a", "1:", "a:", "GB82 ", "4 ", "born 1", "passport a", "tel 1", "Aweg 1, 1", "aB1"],
)  # fmt: skip
def test_long_texts_of_one_thing_come_to_an_end(unit: str):
    text = unit * (200_000 // len(unit))
    for whole in (text, f"{text}!", f"x{text}"):
        found = scan(whole, EVERYTHING)
        assert all(one.end <= len(whole) for one in found)
