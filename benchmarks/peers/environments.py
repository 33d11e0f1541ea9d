"""An environment for each library, kept between runs: made by uv where it is at hand, else by venv and pip."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PLACE = HERE.parents[1] / "build" / "peers"
OWN = {
    "ANONYMIZED_TELEMETRY": "False",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
"""Nothing is sent home, numpy has one thread, and the server on this machine is asked without a proxy."""


@dataclass(frozen=True)
class Peer:
    """A library: its name in the table, what a reader calls it, what is installed, what is imported, and where Python is."""

    name: str
    title: str
    requires: tuple[str, ...]
    imports: str
    python: Path

    @property
    def libraries(self) -> list[str]:
        """The names of what is installed, without versions."""
        return [each.partition("[")[0].partition("=")[0].partition(">")[0] for each in self.requires]


OURS = Peer("ours", "racto_nb", ("racto-nb",), "from racto_nb import openai_developer_kit", Path(sys.executable))


class NotInstalledError(Exception):
    """A library cannot be had here."""


def peers() -> list[Peer]:
    """Those of the table, in its order; nothing is installed yet."""
    known = tomllib.loads((HERE / "peers.toml").read_text(encoding="utf-8"))
    sdk = importlib.metadata.version("openai")
    return [
        Peer(
            name, row["title"], tuple(each.format(openai=sdk) for each in row["requires"]), row["imports"],
            PLACE / name / "bin" / "python",
        )
        for name, row in known.items()
    ]  # fmt: skip


def installed(peer: Peer) -> None:
    """Make the environment of a library, unless it is there with the same wishes. Raises NotInstalledError."""
    folder, mark = PLACE / peer.name, PLACE / peer.name / "installed.json"
    wished = json.dumps([peer.requires, sys.version])
    if mark.is_file() and mark.read_text(encoding="utf-8") == wished:
        return
    shutil.rmtree(folder, ignore_errors=True)
    try:
        for command in _commands(peer, folder):
            subprocess.run(command, check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        print(error.stderr, file=sys.stderr)
        message = f"{', '.join(peer.requires)} cannot be installed here"
        raise NotInstalledError(message) from error
    mark.write_text(wished, encoding="utf-8")


def _commands(peer: Peer, folder: Path) -> list[list[str]]:
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        make = [sys.executable, "-m", "venv", str(folder)]
        return [make, [str(peer.python), "-m", "pip", "install", "--disable-pip-version-check", *peer.requires]]
    make = [uv, "venv", "--quiet", "--python", sys.executable, str(folder)]
    return [make, [uv, "pip", "install", "--quiet", "--python", str(peer.python), *peer.requires]]


def variables() -> dict[str, str]:
    """What a worker sees of the environment: no keys, and a home of its own."""
    home = PLACE / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {**OWN, "HOME": str(home), "PATH": os.environ["PATH"], "LANG": os.environ.get("LANG", "C.UTF-8")}
