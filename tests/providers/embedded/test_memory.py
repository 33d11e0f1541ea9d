"""What memory is left, and which models are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.facts import ModelCard, ModelFile
from racto_nb.providers.embedded.memory import free_memory, refuse_too_large

CARD = ModelCard(
    name="tiny", kind="chat", title="", licence="", files=(), window=8, default_context=8, note="", memory=500_000_000
)
NOWHERE = Path("/no/such/place")


@pytest.fixture
def cgroup(tmp_path: Path) -> Path:
    """A group with 1000 of 5000 bytes in use, 300 of them cached files."""
    write(tmp_path, "memory.max", "5000\n")
    write(tmp_path, "memory.current", "1000\n")
    write(tmp_path, "memory.stat", "anon 700\nfile 300\ninactive_anon 700\nactive_file 100\ninactive_file 200\n")
    return tmp_path


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    return write(tmp_path, "meminfo", "MemTotal:       16 kB\nMemFree:         2 kB\nMemAvailable:    8 kB\n")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_machine_has_what_the_kernel_calls_available(meminfo: Path):
    assert free_memory(meminfo, NOWHERE) == 8192


def test_a_container_has_what_its_limit_leaves_and_cached_files_do_not_count(cgroup: Path):
    assert free_memory(NOWHERE, cgroup) == 5000 - 1000 + 300


def test_the_tighter_of_both_counts(meminfo: Path, cgroup: Path):
    assert free_memory(meminfo, cgroup) == 4300
    write(cgroup, "memory.max", "50000")
    assert free_memory(meminfo, cgroup) == 8192


def test_a_container_without_a_limit_leaves_it_to_the_machine(meminfo: Path, cgroup: Path):
    write(cgroup, "memory.max", "max\n")
    assert free_memory(meminfo, cgroup) == 8192
    assert free_memory(NOWHERE, cgroup) is None


def test_a_container_over_its_limit_has_nothing_left(cgroup: Path):
    write(cgroup, "memory.current", "9000")
    assert free_memory(NOWHERE, cgroup) == 0


@pytest.mark.parametrize(
    ("name", "text"),
    [("memory.max", ""), ("memory.max", "lots"), ("memory.current", ""), ("memory.stat", "active_file many\n")],
)
def test_what_cannot_be_read_is_unknown(cgroup: Path, name: str, text: str):
    write(cgroup, name, text)
    assert free_memory(NOWHERE, cgroup) is None


def test_a_system_that_tells_nothing_is_unknown(tmp_path: Path):
    assert free_memory(NOWHERE, NOWHERE) is None
    assert free_memory(write(tmp_path, "meminfo", "MemTotal: 1 kB\n"), NOWHERE) is None


def test_this_machine_can_be_asked():
    found = free_memory()
    assert found is None or found > 0


def test_a_model_over_the_users_limit_is_refused_with_both_numbers():
    with pytest.raises(EngineError, match="tiny needs about 500 MB of memory, more than the 100 MB that memory_limit allows"):
        refuse_too_large(CARD, needed=CARD.memory, limit=100_000_000, free=None, loaded=[])


def test_a_model_larger_than_what_is_free_is_refused_and_what_is_loaded_is_named():
    with pytest.raises(EngineError, match=r"200 MB that this machine has free.*Loaded now: a, b; close the kits"):
        refuse_too_large(CARD, needed=CARD.memory, limit=None, free=200_000_000, loaded=["a", "b"])


def test_the_users_limit_is_told_first():
    with pytest.raises(EngineError, match="memory_limit"):
        refuse_too_large(CARD, needed=CARD.memory, limit=1, free=1, loaded=[])


@pytest.mark.parametrize(("limit", "free"), [(None, None), (500_000_000, None), (None, 500_000_000), (600_000_000, 700_000_000)])
def test_a_model_that_fits_or_of_which_nothing_is_known_passes(limit: int | None, free: int | None):
    refuse_too_large(CARD, needed=CARD.memory, limit=limit, free=free, loaded=[])


def test_each_token_of_context_counts_and_a_model_never_needs_less_than_its_files():
    file = ModelFile("weights.gguf", "0" * 64, 1_000)
    card = replace(CARD, files=(file,), memory=5_000, default_context=100, memory_per_token=10)
    assert [card.memory_at(context) for context in (100, 101, 50, 0, 4_100)] == [5_000, 5_010, 4_500, 4_000, 45_000]
    assert replace(card, default_context=1_000).memory_at(1) == 1_000
