"""A model hub on the loopback interface that follows a script, wheels made on the spot, and small cards that stand for models."""

from __future__ import annotations

import hashlib
import json
import random
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from racto_nb.providers.embedded.facts import HubSource, ModelCard, ModelFile, WheelSource
from racto_nb.providers.embedded.settings import Settings, pip_of_this_environment

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class LoopbackHub:
    """Answers each request as the next entry of `script` says; when it is used up, correctly.

    Entries: an HTTP status; "ignore range"; "wrong bytes"; "wrong length"; ("cut", n) ends the connection after n bytes;
    ("hold", n) sends n bytes and waits for `released`; ("redirect", address); "other range".
    """

    files: dict[str, bytes] = field(default_factory=dict)
    script: list[object] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    endpoint: str = ""

    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.requests]


class _Scripted(BaseHTTPRequestHandler):
    hub: LoopbackHub

    def do_GET(self) -> None:
        self.hub.requests.append((self.path, dict(self.headers.items())))
        step = self.hub.script.pop(0) if self.hub.script else "ok"
        body = self.hub.files.get(self.path)
        match step:
            case int():
                self._head(step, {"Content-Length": "0"})
            case ("redirect", str(address)):
                self._head(302, {"Location": address, "Content-Length": "0"})
            case _ if body is None:
                self._head(404, {"Content-Length": "0"})
            case _:
                self._file(step, body)

    def _file(self, step: object, body: bytes) -> None:
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and step != "ignore range" else 0
        rest = body[start:]
        if step == "wrong bytes":
            rest = bytes(byte ^ 1 for byte in rest)
        length = 7 if step == "wrong length" else len(rest)
        headers = {"Content-Length": str(length)}
        if start:
            first = start + 1 if step == "other range" else start
            headers["Content-Range"] = f"bytes {first}-{len(body) - 1}/{len(body)}"
        self._head(206 if start else 200, headers)
        match step:
            case ("cut", int(count)):
                self.wfile.write(rest[:count])
                self.close_connection = True
            case ("hold", int(count)):
                self.wfile.write(rest[:count])
                self.wfile.flush()
                self.hub.released.wait(60)
                self.wfile.write(rest[count:])
            case _:
                self.wfile.write(rest[:length])

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is part of the test."""


@pytest.fixture
def new_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], LoopbackHub]]:
    """Start one more loopback hub."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running: list[tuple[LoopbackHub, ThreadingHTTPServer, threading.Thread]] = []

    def start() -> LoopbackHub:
        hub = LoopbackHub()
        server = _Server(("127.0.0.1", 0), type("Handler", (_Scripted,), {"hub": hub}))
        hub.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((hub, server, thread))
        return hub

    yield start
    for hub, server, thread in running:
        hub.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hub(new_hub: Callable[[], LoopbackHub]) -> LoopbackHub:
    return new_hub()


@pytest.fixture
def settings(tmp_path: Path, hub: LoopbackHub) -> Settings:
    """A cache folder of the test's own and the loopback hub."""
    return Settings(
        cache_dir=tmp_path / "cache" / "models",
        models_file=tmp_path / "models.toml",
        hub_endpoint=hub.endpoint,
        pip_command=pip_of_this_environment(),
    )


@pytest.fixture
def weights() -> bytes:
    return random.Random(7).randbytes(600_000)


def hub_path(file: ModelFile) -> str:
    assert file.hub is not None
    return f"/{file.hub.repo}/resolve/{file.hub.revision}/{file.hub.path}"


@pytest.fixture
def make_card(hub: LoopbackHub) -> Callable[..., ModelCard]:
    """A card for the bytes `content`, which the loopback hub serves unless `on_hub` is false."""

    def make(content: bytes, *, name: str = "tiny", on_hub: bool = True, wheels: WheelSource | None = None) -> ModelCard:
        source = HubSource(repo="maker/tiny", revision=REVISION, path=f"{name}.gguf") if on_hub else None
        file = ModelFile(
            name=f"{name}.gguf", sha256=hashlib.sha256(content).hexdigest(), size=len(content), hub=source, wheels=wheels
        )
        if on_hub:
            hub.files[hub_path(file)] = content
        return ModelCard(
            name=name, kind="chat", title="A tiny model", licence="Apache-2.0", files=(file,), window=64, default_context=32,
            note="Only bytes.", memory=1000,
        )  # fmt: skip

    return make


@pytest.fixture
def make_wheel(tmp_path: Path) -> Callable[..., Path]:
    """Write a wheel with `members` into the folder of wheels and return that folder."""

    def make(name: str, version: str, members: dict[str, bytes]) -> Path:
        folder = tmp_path / "wheelhouse"
        folder.mkdir(exist_ok=True)
        stem = f"{name.replace('-', '_')}-{version}"
        info = f"{stem}.dist-info"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            for member, content in members.items():
                wheel.writestr(member, content)
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
        return folder

    return make


@pytest.fixture
def pip_offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real pip, which sees only the folder of wheels of this test."""
    (tmp_path / "wheelhouse").mkdir(exist_ok=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheelhouse"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")


def toml_of(cards: list[ModelCard]) -> str:
    """The table of models that holds `cards`."""

    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines: list[str] = []
    for card in cards:
        lines.append(f"[models.{text(card.name)}]")
        lines += [f"{key} = {text(getattr(card, key))}" for key in ("kind", "title", "licence", "note")]
        lines += [f"{key} = {getattr(card, key)}" for key in ("window", "default_context", "memory", "memory_per_token")]
        for file in card.files:
            lines.append(f"[[models.{text(card.name)}.files]]")
            lines += [f"name = {text(file.name)}", f"sha256 = {text(file.sha256)}", f"size = {file.size}"]
            if file.hub:
                fields = ", ".join(f"{key} = {text(getattr(file.hub, key))}" for key in ("repo", "revision", "path"))
                lines.append(f"hub = {{ {fields} }}")
            if file.wheels:
                listed = ", ".join(text(requirement) for requirement in file.wheels.requirements)
                lines.append(f"wheels = {{ requirements = [{listed}], suffix = {text(file.wheels.suffix)} }}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def as_toml() -> Callable[[list[ModelCard]], str]:
    return toml_of
