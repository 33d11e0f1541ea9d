"""A forked process inherits neither the workers nor the threads of the models: it loads its own copies and never waits for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_engine import END, FakeEngine, answer, piece

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.client import EmbeddedPort
from racto_nb.providers.embedded.facts import ModelCard
from racto_nb.providers.embedded.hosting import ModelPool
from racto_nb.providers.embedded.registry import ReadyModel
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.wire import Request

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")

TESTS = Path(__file__).parents[2]
FAKE = """
import os, sys, threading, asyncio
from pathlib import Path
from fake_engine import FakeEngine, answer, piece, END
from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.client import EmbeddedPort
from racto_nb.providers.embedded.facts import ModelCard
from racto_nb.providers.embedded.hosting import ModelPool
from racto_nb.providers.embedded.registry import ReadyModel
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.wire import Request

CARD = ModelCard(name="tiny", kind="chat", title="", licence="", files=(), window=512, default_context=512, note="", memory=1)
ASK = Request("tiny", {})
gate = threading.Event()
engines = [FakeEngine(answer("a"), [piece("a"), gate, END]), FakeEngine(answer("b"))]
pool = ModelPool()
port = EmbeddedPort(
    lambda *_: ReadyModel(CARD, (Path("x"),)), SilentReporter(), pool=pool, open_engine=lambda *_: engines.pop(0)
)
port.send(ASK)

def in_child(work):
    if (pid := os.fork()) == 0:
        try:
            work()
        except BaseException as error:
            print(type(error).__name__, error, flush=True)
            os._exit(1)
        os._exit(0)
    print("child ended with", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
REAL = """
import os
from racto_nb import embedded_developer_kit as embedded

kit = embedded.Chat("smollm2-135m", context=512)
ask = embedded.ChatConfig(user_message="Say hello.", max_tokens=5)
texts = embedded.EmbeddingConfig(texts=["a"])
said, vector = kit.chat(ask).content, kit.embed(texts).vectors[0].embedding
if (pid := os.fork()) == 0:
    same = kit.chat(ask).content == said and kit.embed(texts).vectors[0].embedding == vector
    os._exit(0 if same else 1)
print("child ended with", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def printed(program: str) -> list[str]:
    """What a new interpreter prints: the test process itself has threads, and should not fork."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]
    # `timeout` ends the whole group, so that a child that hangs does not outlive its parent.
    done = subprocess.run(
        ["timeout", "--kill-after=1", "120", *command], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
    )  # fmt: skip
    assert done.stderr == "" or "Downloading" in done.stderr
    return done.stdout.splitlines()


def test_a_child_loads_its_own_copy_and_the_parent_keeps_its_own():
    program = (
        FAKE
        + """
in_child(lambda: print(port.send(ASK)[0]["choices"][0]["delta"]["content"], len(pool.names()), flush=True))
print(len(engines), pool.names())
"""
    )
    assert printed(program) == ["b 1", "child ended with 0", "1 ['tiny']"]


def test_a_child_that_goes_on_with_its_parents_answer_is_told_that_it_will_never_come():
    program = (
        FAKE
        + """
with port.open(ASK) as events:
    next(events)
    in_child(lambda: list(events))
    gate.set()
    print(len(list(events)))
"""
    )
    first, *rest = printed(program)
    assert first.startswith("EngineError The worker of the embedded model 'tiny' is gone")
    assert rest == ["child ended with 1", "1"]


def test_a_child_may_close_and_drop_what_it_inherited_even_while_another_thread_held_the_lock():
    program = (
        FAKE
        + """
import gc
hosted = next(iter(port._held.values()))
pool._lock.acquire()
holder = threading.Thread(target=hosted._jobs._lock.acquire)
holder.start()
holder.join()
def work():
    global hosted
    try:
        hosted.submit({}, print)
    except EngineError as error:
        print(error, flush=True)
    port.close()
    del hosted
    gc.collect()
    pool.close()
    print(port.send(ASK)[0]["choices"][0]["delta"]["content"], flush=True)
in_child(work)
os._exit(0)
"""
    )
    assert printed(program) == ["The embedded model 'tiny' is closed.", "b", "child ended with 0"]


@pytest.mark.model
def test_the_real_engine_and_the_real_session_answer_in_a_child_as_in_its_parent():
    assert printed(REAL) == ["child ended with 0"]


class Dying(FakeEngine):
    """An engine whose worker ends without a word."""

    def generate(self, *_: object) -> None:
        raise SystemExit


CARD = ModelCard(name="tiny", kind="chat", title="", licence="", files=(), window=512, default_context=512, note="", memory=1)


def port_on(engine: FakeEngine) -> EmbeddedPort:
    ready = ReadyModel(CARD, (Path("x"),))
    return EmbeddedPort(lambda *_: ready, SilentReporter(), pool=ModelPool(), open_engine=lambda *_: engine)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it dies on purpose
def test_a_worker_that_died_is_an_error_and_no_endless_wait():
    with pytest.raises(EngineError, match="worker of the embedded model 'tiny' is gone"):
        port_on(Dying()).send(Request("tiny", {}))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # it dies on purpose
async def test_a_worker_that_died_is_an_error_for_async_callers_too():
    with pytest.raises(EngineError, match="worker of the embedded model 'tiny' is gone"):
        await port_on(Dying()).asend(Request("tiny", {}))


def test_what_a_worker_delivered_before_it_ended_is_handed_over():
    port = port_on(FakeEngine([piece("a"), END], answer("b")))
    with port.open(Request("tiny", {})) as events:
        port.pool.close()
        assert list(events) == [piece("a"), END] or list(events) == []
