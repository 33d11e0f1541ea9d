"""What holds of a recording whatever the provider: modes, counts, blocks and the process, what is asked anew."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from pydantic import BaseModel

from racto_nb.adapters.kit_adapter import KitAdapter
from racto_nb.exceptions import ReplayFileError, ReplayMissError, UsageError, WrongTypeError
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.gateway import Gateway
from racto_nb.kits.calling import Calling, Surroundings
from racto_nb.kits.requesting import one_answer
from racto_nb.models import ChatConfig, EmbeddingConfig
from racto_nb.providers.wire import Abilities
from racto_nb.replay import Recording, default_file, record, replay, switch
from racto_nb.testing import FakeKit, FakeReply

ASK = ChatConfig(user_message="What is 2 + 2?")


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return tmp_path / "t.replay.jsonl"


def recorded(tape: Path, *replies: Any, config: ChatConfig = ASK) -> None:
    kit = FakeKit(replies)
    with record(tape):
        for _ in replies:
            kit.chat(config)


def test_equal_calls_are_replayed_in_their_order_and_then_are_missed(tape: Path):
    recorded(tape, "a", "b")
    kit = FakeKit()

    with replay(tape) as used:
        assert [kit.chat(ASK).content for _ in range(2)] == ["a", "b"]
        with pytest.raises(ReplayMissError, match="has this request to fake:fake-model 2 times"):
            kit.chat(ASK)

    assert (used.replayed, kit.calls) == (2, [])


def test_each_block_counts_from_the_beginning(tape: Path):
    recorded(tape, "a", "b")

    for _ in range(2):
        with replay(tape):
            assert FakeKit().chat(ASK).content == "a"


def test_auto_replays_what_is_known_and_records_the_rest(tape: Path):
    recorded(tape, "a")
    kit = FakeKit(["b", "c"])

    with replay(tape, mode="auto") as used:
        answers = [kit.chat(ASK).content, kit.chat(ASK).content, kit.chat(ChatConfig(user_message="And 3?")).content]
    with replay(tape):
        again = [
            FakeKit().chat(ASK).content,
            FakeKit().chat(ASK).content,
            FakeKit().chat(ChatConfig(user_message="And 3?")).content,
        ]

    assert answers == again == ["a", "b", "c"]
    assert (used.replayed, used.recorded) == (1, 2)


def test_what_is_asked_anew_takes_the_place_of_what_was_recorded(tape: Path):
    recorded(tape, "old")

    with replay(tape, mode="auto"):
        assert FakeKit(["new"]).asking_anew().chat(ASK).content == "new"
    with replay(tape):
        assert FakeKit().asking_anew().chat(ASK).content == "new"


def test_recording_the_same_again_writes_nothing(tape: Path):
    recorded(tape, "a", "b")
    before = tape.read_bytes()

    recorded(tape, "a", "b")

    assert tape.read_bytes() == before


def test_recording_another_answer_again_adds_one_line_that_counts(tape: Path):
    recorded(tape, "a", "b")
    before = tape.read_bytes()

    recorded(tape, "a", "c")

    assert tape.read_bytes().startswith(before)
    assert tape.read_bytes().count(b"\n") == before.count(b"\n") + 1
    with replay(tape):
        assert [FakeKit().chat(ASK).content for _ in range(2)] == ["a", "c"]


def test_off_lets_calls_pass(tape: Path):
    recorded(tape, "a")

    with replay(tape), replay(tape, mode="off"):
        assert FakeKit(["live"]).chat(ASK).content == "live"


def test_a_retry_after_an_answer_that_did_not_fit_is_replayed_too(tape: Path):
    class Answer(BaseModel):
        value: int

    config = ChatConfig(user_message="A number?", response_model=Answer)
    with record(tape):
        FakeKit(["no number", '{"value": 4}']).chat(config)

    with replay(tape) as used:
        response = FakeKit().chat(config)

    assert response.parsed_model == Answer(value=4)
    assert (response.origin, used.replayed) == ("replay", 2)


def test_embeddings_are_replayed(tape: Path):
    texts = EmbeddingConfig(texts=["one", "two"])
    with record(tape):
        live = FakeKit().embed(texts)

    kit = FakeKit()
    with replay(tape):
        assert kit.embed(texts) == live
    assert kit.embed_calls == []


def test_calls_at_the_same_time_are_recorded_each_and_replayed_each(tape: Path):
    questions = [ChatConfig(user_message=f"Number {number}?") for number in range(20)]

    async def asked(kit: FakeKit) -> list[str | None]:
        return [answer.content for answer in await asyncio.gather(*(kit.achat(question) for question in questions))]

    with record(tape):
        live = run_unblocked(asked(FakeKit([FakeReply((f"{number}",), delay=0.001) for number in range(20)])))
    with replay(tape):
        again = run_unblocked(asked(FakeKit()))

    assert again == live


def test_a_block_does_not_hold_for_threads_of_the_users_but_a_switch_does(tape: Path):
    recorded(tape, "a")
    answers: list[str] = []

    def ask() -> None:
        answers.append(str(FakeKit(["live"]).chat(ASK).content))

    with replay(tape):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    switch("replay", tape)
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()

    assert answers == ["live", "a"]


def test_the_environment_says_it_for_the_process(tape: Path, monkeypatch: pytest.MonkeyPatch):
    recorded(tape, "a")
    monkeypatch.setenv("RACTO_REPLAY", f"replay:{tape}")

    assert FakeKit(["live"]).chat(ASK).content == "a"
    with replay(tape, mode="off"):
        assert FakeKit(["live"]).chat(ASK).content == "live"
    switch("off")
    assert FakeKit(["live"]).chat(ASK).content == "live"


def test_a_wrong_word_in_the_environment_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_REPLAY", "replya:x.jsonl")
    kit = FakeKit(["live"])

    with pytest.raises(UsageError, match=r"RACTO_REPLAY='replya:x.jsonl'.*Did you mean 'replay'"):
        kit.chat(ASK)

    assert kit.calls == []


def test_the_file_is_named_by_the_environment_then_by_the_notebook_then_by_the_default(tmp_path: Path):
    notebook = {"JPY_SESSION_NAME": str(tmp_path / "deep work.ipynb")}

    assert default_file({**notebook, "RACTO_REPLAY_FILE": "x.jsonl"}) == Path("x.jsonl")
    assert default_file(notebook) == tmp_path / "deep work.replay.jsonl"
    assert default_file({"JPY_SESSION_NAME": "Console 1"}) == Path("racto.replay.jsonl")
    assert default_file({}) == Path("racto.replay.jsonl")


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ({"mode": "play"}, UsageError),
        ({"speed": -1}, UsageError),
        ({"speed": "fast"}, WrongTypeError),
        ({"file": 3}, WrongTypeError),
    ],
)
def test_wrong_arguments_are_said_at_once(arguments: dict[str, Any], kind: type[Exception]):
    with pytest.raises(kind):
        replay(**arguments)


def test_a_recording_that_is_not_there_says_how_to_make_one(tape: Path):
    tape.with_name("u.replay.jsonl").write_text("")

    with replay(tape), pytest.raises(ReplayFileError, match=r"(?s)no recording.*%racto replay record"):
        FakeKit(["live"]).chat(ASK)


@pytest.mark.parametrize("speed", [1.0, 1000.0])
def test_at_a_speed_the_pieces_come_at_their_times(tape: Path, speed: float):
    with record(tape):
        list(FakeKit([FakeReply(("a", "b"), delay=0.01)]).stream(ASK))

    waited: list[float] = []
    with replay(tape, speed=speed), pytest.MonkeyPatch.context() as patched:
        patched.setattr("racto_nb.replay.ports.time.sleep", waited.append)
        list(FakeKit().stream(ASK))

    assert len(waited) == 3
    assert (max(waited) > 0.009) == (speed == 1.0)


def test_what_a_port_never_answers_is_refused(tape: Path):
    config = ChatConfig(user_message="x", extra={"stop": [object()]})

    with record(tape), pytest.raises(UsageError, match="cannot be recorded"):
        FakeKit(["a"]).chat(config)


def test_notes_of_a_run_name_what_it_used(tape: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    recorded(tape, "a", "b")
    monkeypatch.setenv("RACTO_REPLAY_USED", str(tmp_path / "notes"))

    with replay(tape) as used:
        FakeKit().chat(ASK)

    assert isinstance(used, Recording)
    assert [line.split()[1] for line in (tmp_path / "notes").read_text().splitlines()] == ["0"]


def test_texts_that_take_several_requests_are_replayed_request_by_request(tape: Path):
    able = Abilities(embeddings=True, embed_batch=2, dimensions=True)
    texts = EmbeddingConfig(texts=["one", "two", "three", "four", "five"])
    with record(tape) as written:
        live = FakeKit(abilities=able).embed(texts)

    with replay(tape) as used:
        assert FakeKit(abilities=able).embed(texts) == live
    assert (written.recorded, used.replayed) == (3, 3)


def test_the_gateway_and_its_adapters_are_replayed_as_kits_are(tape: Path):
    with record(tape):
        live = Gateway(KitAdapter(FakeKit(["Paris"]))).run(user_message="Capital of France?")

    with replay(tape):
        again = Gateway(KitAdapter(FakeKit())).run(user_message="Capital of France?")

    assert (again.content, again.origin, live.origin) == ("Paris", "replay", "fresh")


def test_a_call_knows_which_of_its_requests_were_replayed(tape: Path):
    recorded(tape, "a")
    kit = FakeKit(["b"])
    calling = Calling(kit._provider, kit._settings, Surroundings(tape=Recording(tape, "auto")))

    for _ in range(2):
        SyncDriver().run(one_answer(calling, "fake-model", ASK))

    assert [exchange.origin for exchange in calling.tally.exchanges] == ["replay", "fresh"]
    assert calling.tally.origin == "fresh"
