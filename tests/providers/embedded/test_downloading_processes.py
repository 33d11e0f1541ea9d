"""Downloads in real processes: two at once, one killed, one interrupted by its signal, one on a disk that fills up."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys

import pytest

from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import SilentReporter

MEGABYTE = 1024 * 1024
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and resource limits of POSIX")

CHILD = """
import sys
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import SilentReporter

class Talking(SilentReporter):
    told = False
    def say(self, text):
        print("said:", text, flush=True)
    def progress(self, done, total, what):
        if done >= 8 * 1024 * 1024 and not self.told:
            self.told = True
            print("eight", flush=True)

if len(sys.argv) > 1:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
try:
    print("ready:", Registry.standard().ensure("tiny", reporter=Talking()).path)
except KeyboardInterrupt:
    print("interrupted")
except Exception as error:
    print("error:", error)
"""


@pytest.fixture
def content():
    return random.Random(3).randbytes(12 * MEGABYTE)


@pytest.fixture
def registry(settings, make_card, content):
    return Registry(settings, built_in=[make_card(content)])


@pytest.fixture
def start(settings, registry, as_toml, hub):
    """Start a process that ensures the model `tiny`."""
    settings.models_file.write_text(as_toml(registry.cards()))
    environment = {
        **os.environ,
        "RACTO_CACHE_DIR": str(settings.cache_dir.parent),
        "RACTO_MODELS_FILE": str(settings.models_file),
        "HF_ENDPOINT": hub.endpoint,
        "NO_PROXY": "127.0.0.1",
        "RACTO_DOWNLOAD": "auto",
        "HF_HUB_OFFLINE": "0",
    }
    running = []

    def run(*arguments):
        process = subprocess.Popen([sys.executable, "-c", CHILD, *arguments], env=environment, stdout=subprocess.PIPE, text=True)
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def read_until(process, words):
    for line in process.stdout:
        if words in line:
            return line
    pytest.fail(f"the process ended without saying {words!r}")


def resumed_at(hub):
    return int(hub.ranges()[-1].removeprefix("bytes=").rstrip("-"))


def test_two_processes_share_one_download(start, hub, content, registry):
    hub.script = [("hold", 9 * MEGABYTE)]
    first = start()
    read_until(first, "eight")
    second = start()
    read_until(second, "waiting for it")
    hub.released.set()
    for process in (first, second):
        assert str(registry.path_of(registry.card("tiny"))) in read_until(process, "ready:")
    assert len(hub.requests) == 1


def test_a_killed_download_goes_on_where_it_was(start, hub, content, registry):
    hub.script = [("hold", 9 * MEGABYTE)]
    process = start()
    read_until(process, "eight")
    process.kill()
    process.wait()
    hub.released.set()
    assert not registry.installed(registry.card("tiny"))
    assert registry.ensure("tiny", reporter=SilentReporter()).path.read_bytes() == content
    assert resumed_at(hub) >= 4 * MEGABYTE


def test_an_interrupt_signal_while_the_hub_is_silent_keeps_everything(start, hub, content, registry):
    hub.script = [("hold", 9 * MEGABYTE)]
    process = start()
    read_until(process, "eight")
    process.send_signal(signal.SIGINT)
    assert "are kept" in read_until(process, "Interrupted.")
    read_until(process, "interrupted")
    hub.released.set()
    assert registry.ensure("tiny", reporter=SilentReporter()).path.read_bytes() == content
    assert resumed_at(hub) >= 8 * MEGABYTE


def test_a_disk_that_fills_up_keeps_the_part_and_says_what_to_do(start, hub, content, registry):
    process = start(str(5 * MEGABYTE))
    assert "The disk is full" in read_until(process, "error:")
    assert registry.ensure("tiny", reporter=SilentReporter()).path.read_bytes() == content
    assert resumed_at(hub) == 5 * MEGABYTE
