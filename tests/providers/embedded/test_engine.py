"""The real engine on the smallest model, and what is said where it cannot be loaded."""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit
from racto_nb.exceptions import ContextOverflowError, EngineError, MissingExtraError, UnsupportedError
from racto_nb.models import ChatConfig, FinishReason, Message
from racto_nb.providers.embedded.engine import EngineOptions, XllamaEngine, usable_cores
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.wire import label_grammar

WINDOW = 512


@pytest.fixture(scope="module")
def engine() -> Iterator[XllamaEngine]:
    weights = Registry.standard().ensure("smollm2-135m").path
    running = XllamaEngine(weights, "smollm2-135m", EngineOptions(WINDOW))
    yield running
    running.close()


@pytest.fixture(scope="module")
def kit() -> Iterator[EmbeddedDeveloperKit]:
    with EmbeddedDeveloperKit("smollm2-135m", context=WINDOW) as opened:
        yield opened


def asked(engine: XllamaEngine, **payload: Any) -> str:
    """The text of one answer."""
    pieces: list[str] = []
    payload = {
        "messages": [{"role": "user", "content": "Say hello."}],
        "max_tokens": 24,
        "temperature": 0,
        "stream": True,
    } | payload

    def receive(event: dict[str, Any]) -> bool:
        pieces.extend(choice["delta"].get("content") or "" for choice in event["choices"])
        return False

    engine.generate(payload, receive)
    return "".join(pieces)


@pytest.mark.model
def test_a_prompt_larger_than_the_window_is_refused_with_both_numbers_and_nothing_is_cut(kit: EmbeddedDeveloperKit):
    with pytest.raises(ContextOverflowError, match=f"window of {WINDOW}. Nothing was cut") as caught:
        kit.chat(ChatConfig(user_message="word " * 2000))
    assert caught.value.window == WINDOW
    assert caught.value.tokens is not None
    assert caught.value.tokens > 2000


@pytest.mark.model
def test_a_history_larger_than_the_window_is_refused_too_also_in_a_stream(kit: EmbeddedDeveloperKit):
    history = [Message(role=role, content="word " * 200) for role in ("user", "assistant") * 3]
    with pytest.raises(ContextOverflowError):
        list(kit.stream(ChatConfig(user_message="Hi", history=history)))


@pytest.mark.model
def test_an_answer_that_fills_the_window_ends_there_and_says_that_it_was_cut():
    with EmbeddedDeveloperKit("smollm2-135m", context=256) as small:
        answer = small.chat(ChatConfig(user_message="Tell a long story about a whale, a ship and a storm.", max_tokens=4000))
    assert answer.finish_reason is FinishReason.LENGTH
    assert answer.usage["total_tokens"] == 256


@pytest.mark.model
def test_the_engine_stops_where_the_receiver_says_so(engine: XllamaEngine):
    events: list[Any] = []

    def receive(event: Any) -> bool:
        events.append(event)
        return len(events) == 4

    engine.generate({"messages": [{"role": "user", "content": "Count to fifty."}], "max_tokens": 200, "stream": True}, receive)
    assert len(events) < 10
    assert asked(engine)


class Order(BaseModel):
    """An order."""

    customer: str = Field(max_length=20)
    items: int = Field(ge=0, le=99)
    paid: bool


@pytest.mark.model
@pytest.mark.parametrize("seed", range(5))
def test_json_of_a_schema_is_valid_every_time_however_it_is_sampled(kit: EmbeddedDeveloperKit, seed: int):
    config = ChatConfig(
        user_message="ACME ordered 3 chairs and has paid.",
        response_model=Order,
        temperature=1.0,
        max_tokens=80,
        max_validation_retries=0,
        extra={"seed": seed},
    )
    answer = kit.chat(config)
    assert Order.model_validate(answer.parsed)
    assert json.loads(answer.content or "") == answer.parsed


class Unknown(BaseModel):
    """A model whose schema no engine knows."""

    value: Any = Field(json_schema_extra={"type": "frog"})


@pytest.mark.model
@pytest.mark.parametrize("whole", [True, False], ids=["chat", "stream"])
def test_a_schema_the_engine_does_not_know_is_named(kit: EmbeddedDeveloperKit, whole: bool):
    config = ChatConfig(user_message="Hi", response_model=Unknown)
    with pytest.raises(UnsupportedError, match=r"cannot follow this schema.*frog") as caught:
        kit.chat(config) if whole else list(kit.stream(config))
    assert caught.value.wish == "response_model"


# Not every vocabulary has all control, private and unassigned characters; see the next test.
WRITABLE = st.characters(exclude_categories=["C"], include_characters="\n\t")


@pytest.mark.model
@settings(max_examples=20, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(WRITABLE, min_size=1, max_size=8), min_size=1, max_size=4, unique=True))
def test_any_labels_are_answered_letter_by_letter(engine: XllamaEngine, labels: list[str]):
    assert asked(engine, grammar=label_grammar(labels), max_tokens=200) in labels


@pytest.mark.model
def test_a_label_that_the_model_cannot_write_is_named(kit: EmbeddedDeveloperKit):
    with pytest.raises(UnsupportedError, match="cannot write a character of the labels"):
        kit.chat(ChatConfig(user_message="Hi", extra={"labels": ["\U00040000"]}))


@pytest.mark.model
def test_another_thread_runs_while_the_engine_answers(engine: XllamaEngine):
    """The engine gives up the interpreter lock: the counter moves between two events, not only at them."""
    moved: list[int] = []
    count, over = 0, threading.Event()

    def counting() -> None:
        nonlocal count
        while not over.is_set():
            count += 1

    thread = threading.Thread(target=counting)
    thread.start()
    engine.generate(
        {"messages": [{"role": "user", "content": "word " * 400}], "max_tokens": 8, "stream": True, "cache_prompt": False},
        lambda _: moved.append(count) or False,
    )
    over.set()
    thread.join()
    assert all(later > earlier for earlier, later in itertools.pairwise(moved[1:]))


@pytest.mark.model
def test_a_file_that_holds_no_model_is_an_engine_error(tmp_path: Path):
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(EngineError, match=r"could not load 'tiny' from '.*broken.gguf'"):
        XllamaEngine(path, "tiny", EngineOptions(WINDOW))


class Hook:
    """Makes the import of the engine fail as it does on some machines."""

    def __init__(self, error: Callable[[], ImportError]) -> None:
        self._error = error

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name == "xllamacpp":
            raise self._error()
        return None


@pytest.fixture
def import_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], ImportError]], None]:
    def install(error: Callable[[], ImportError]) -> None:
        monkeypatch.delitem(sys.modules, "xllamacpp", raising=False)
        monkeypatch.setattr(sys, "meta_path", [Hook(error), *sys.meta_path])

    return install


def open_one() -> XllamaEngine:
    return XllamaEngine(Path("weights.gguf"), "tiny", EngineOptions(WINDOW))


def test_a_missing_engine_is_named_with_the_line_that_installs_it(import_fails: Callable):
    import_fails(lambda: ModuleNotFoundError("No module named 'xllamacpp'", name="xllamacpp"))
    with pytest.raises(MissingExtraError, match=r"needs 'xllamacpp'. Install it with: pip install 'racto-nb\[embedded\]'"):
        open_one()


def test_a_missing_openmp_runtime_is_named_with_the_line_that_installs_it(import_fails: Callable):
    import_fails(lambda: ImportError("libgomp.so.1: cannot open shared object file: No such file or directory"))
    with pytest.raises(EngineError, match=r"libgomp\.so\.1.*apt-get install libgomp1"):
        open_one()


def test_an_engine_built_for_another_machine_is_told_to_be_reinstalled(import_fails: Callable):
    import_fails(lambda: ImportError("version GLIBC_2.38 not found"))
    with pytest.raises(EngineError, match=r"GLIBC_2\.38.*pip install --force-reinstall xllamacpp"):
        open_one()


def test_these_errors_reach_the_caller_of_a_kit_through_the_worker(import_fails: Callable, tmp_path: Path):
    from racto_nb.providers.embedded.client import EmbeddedPort
    from racto_nb.providers.embedded.facts import BUILT_IN
    from racto_nb.providers.embedded.hosting import ModelPool
    from racto_nb.providers.embedded.registry import ReadyModel
    from racto_nb.providers.embedded.reporting import SilentReporter
    from racto_nb.providers.wire import Request

    import_fails(lambda: ModuleNotFoundError("No module named 'xllamacpp'", name="xllamacpp"))
    ready = ReadyModel(BUILT_IN[0], (tmp_path / "weights.gguf",))
    port = EmbeddedPort(lambda *_: ready, SilentReporter(), WINDOW, pool=ModelPool())
    with pytest.raises(MissingExtraError):
        port.send(Request("x", {}))


def test_the_engine_uses_the_cores_that_this_process_may_use():
    assert 1 <= usable_cores() <= (os.cpu_count() or 1)
