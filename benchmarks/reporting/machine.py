"""Where figures were measured: enough to read them, and nothing that names the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

LIBRARIES = (
    "racto-nb", "anthropic", "duckdb", "faiss-cpu", "google-genai", "httpx", "httpx2", "huggingface-hub", "ipykernel",
    "jupyterlab", "kafka-python", "mcp", "msgspec", "numkong", "numpy", "ollama", "onnxruntime", "openai", "orjson", "pandas",
    "playwright", "polars", "pydantic", "pypdfium2", "redis", "sqlglot", "sqlglotc", "usearch",
)  # fmt: skip
"""Those whose version changes a figure."""


def facts() -> dict[str, object]:
    """The machine, the day, how much else it had to do, and the versions."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "load_before": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": {name: version for name in LIBRARIES if (version := _version(name))},
    }


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
