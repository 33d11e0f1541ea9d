"""The one store of conversations: whole turns, copies out, names that are told apart."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import NotFoundError, UsageError
from racto_nb.kits.conversations import Conversations
from racto_nb.models.chat import Message


def talks(*names: str) -> Conversations:
    found = Conversations()
    for name in names:
        found.append(name, f"q {name}", f"a {name}")
    return found


def said(messages: list[Message]) -> list[str]:
    return [message.content for message in messages]


def test_turns_are_kept_in_order_and_apart():
    found = talks("a", "b")
    found.append("a", "q2", "a2")
    assert said(found["a"]) == ["q a", "a a", "q2", "a2"]
    assert [message.role.value for message in found["a"]] == ["user", "assistant"] * 2
    assert said(found.history("b")) == ["q b", "a b"]
    assert (found.count("a"), found.count("b")) == (2, 1)


def test_the_history_of_a_new_name_is_empty_and_makes_no_conversation():
    found = Conversations()
    assert found.history("new") == []
    assert found == {}


def test_a_new_beginning_forgets_what_was_said():
    found = talks("a")
    found.append("a", "q2", "a2", new=True)
    assert said(found["a"]) == ["q2", "a2"]


def test_what_is_handed_out_and_what_was_handed_in_are_copies():
    found = Conversations()
    turn = [Message(role="user", content="q"), Message(role="assistant", content="a")]
    found.extend("a", turn)
    turn[0].content = "changed"
    for handed in (found["a"], found.history("a"), found.get("a"), dict(found.items())["a"], next(iter(found.values()))):
        handed[0].content = "changed"
        handed.clear()
    assert said(found["a"]) == ["q", "a"]


@pytest.mark.parametrize("roles", [[], ["user"], ["assistant"], ["assistant", "user"], ["system", "assistant"], ["user", "user"]])
def test_only_whole_turns_are_kept(roles: list[str]):
    found = talks("a")
    with pytest.raises(UsageError, match="whole turns"):
        found.extend("a", [Message(role=role, content="x") for role in roles])
    assert found.count("a") == 1


@pytest.mark.parametrize(
    "use",
    [
        lambda found: found["plna"],
        lambda found: found.count("plna"),
        lambda found: found.reset("plna"),
        lambda found: found.rename("plna", "x"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(use):
    with pytest.raises(NotFoundError, match=r"no conversation 'plna'\. Did you mean 'plan'"):
        use(talks("plan", "other"))


def test_asking_for_a_name_that_may_be_unknown_is_no_error():
    found = talks("a")
    assert found.get("b") is None
    assert found.get("b", []) == []
    assert ("a" in found, "b" in found, 3 in found) == (True, False, False)


def test_a_conversation_is_renamed_and_overwrites_no_other():
    found = talks("a", "b")
    found.rename("a", "c")
    assert found.names() == ["b", "c"]
    assert said(found["c"]) == ["q a", "a a"]
    for wrong in ("b", " "):
        with pytest.raises(UsageError, match="cannot be renamed"):
            found.rename("c", wrong)
    found.rename("c", "c")
    assert found.names() == ["b", "c"]


def test_a_name_must_say_something():
    with pytest.raises(UsageError, match="needs a name"):
        Conversations().append(" ", "q", "a")


def test_forgetting_one_or_all():
    found = talks("b", "a", "c")
    found.reset("c")
    assert found.clear() == ["a", "b"]
    assert found.clear() == []
    assert len(found) == 0


def test_the_repr_counts_turns_and_quotes_nothing():
    assert repr(talks("b", "a")) == "Conversations('a': 1 turns, 'b': 1 turns)"


TURNS = st.lists(st.tuples(st.text(), st.text()), min_size=1)


@given(st.dictionaries(st.text().filter(str.strip), TURNS))
def test_what_is_exported_is_json_and_is_read_again(data: dict[str, list[tuple[str, str]]]):
    found = Conversations()
    for name, turns in data.items():
        for question, answer in turns:
            found.append(name, question, answer)
    again = Conversations(json.loads(json.dumps(found.exported())))
    assert again == found
    assert {name: again.count(name) for name in again} == {name: len(turns) for name, turns in data.items()}


def test_half_a_conversation_is_not_read():
    with pytest.raises(UsageError, match="whole turns"):
        Conversations({"a": [{"role": "user", "content": "q"}]})


def test_no_turn_is_lost_or_torn_between_threads():
    found = Conversations()
    meeting = threading.Barrier(8)

    def add(number: int) -> None:
        meeting.wait()
        for turn in range(50):
            found.append("a", f"{number}.{turn}", f"{number}.{turn}")
            assert len(found.items()) == 1

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    messages = said(found["a"])
    assert found.count("a") == 400
    assert messages[::2] == messages[1::2]
    assert len(set(messages)) == 400
