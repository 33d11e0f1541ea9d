"""Refuse to load a model that does not fit, before the operating system has to kill the kernel. Reads /proc and the cgroup."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from racto_nb.exceptions import EngineError
from racto_nb.providers.embedded.facts import ModelCard


def refuse_too_large(card: ModelCard, *, needed: int, limit: int | None, free: int | None, loaded: Sequence[str]) -> None:
    """Raise EngineError when `needed` bytes are more than `limit` allows or than are `free`; None means unknown, no check."""
    for most, what in ((limit, "memory_limit allows"), (free, "this machine has free")):
        if most is not None and needed > most:
            others = f" Loaded now: {', '.join(loaded)}; close the kits that use them." if loaded else ""
            message = (
                f"{card.name} needs about {_megabytes(needed)} of memory, more than the {_megabytes(most)} that {what}."
                f" It was not loaded.{others} A smaller context or model needs less (racto-nb models)."
            )
            raise EngineError(message)


def free_memory(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that can still be used, by the machine and by this container's limit; None where the system does not tell."""
    known = [size for size in (_available(meminfo), _left_in_group(cgroup)) if size is not None]
    return min(known) if known else None


def _available(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text().splitlines()
    except OSError:
        return None
    values = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(values[0]) * 1024 if values else None


def _left_in_group(cgroup: Path) -> int | None:
    try:
        most = int((cgroup / "memory.max").read_text())  # no number but "max" where there is no limit
        used = int((cgroup / "memory.current").read_text())
        lines = (cgroup / "memory.stat").read_text().splitlines()
        # Cached files, such as the weights that were just checked, count as used but are given up when memory is needed.
        cached = sum(int(line.split()[1]) for line in lines if line.startswith(("active_file ", "inactive_file ")))
    except (OSError, ValueError):
        return None
    return max(0, most - used + cached)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
