"""A server of one's own: started, asked, ended. The program is a small one that answers as Ollama does."""

from __future__ import annotations

import gc
import os
import socket
import sys
import textwrap
from pathlib import Path

import pytest

from racto_nb import ollama_developer_kit as local
from racto_nb.exceptions import (
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayConnectionError,
    RactoGatewayTimeoutError,
    UsageError,
)
from racto_nb.ollama_developer_kit import OllamaServerManager
from racto_nb.testing import FakeProvider

ANSWERING = """
    import json, os, sys
    from http.server import BaseHTTPRequestHandler, HTTPServer
    assert sys.argv[1:] == ["serve"]
    models = ["llama3.2:latest"]
    class Handler(BaseHTTPRequestHandler):
        def answer(self, told, status=200):
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def do_GET(self):
            self.answer({"version": "1", "models": [{"name": name} for name in models]})
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if "message" in self.path or self.path == "/api/chat":
                self.answer({"message": {"content": "Hello"}, "done": True})
            elif asked["model"] == "nothing":
                self.answer({"error": "pull model manifest: file does not exist"}, 500)
            elif asked["model"] == "large":
                self.answer({"error": "no space left on device"}, 200)
            else:
                models.append(asked["model"])
                self.answer({"status": "success"})
    host, _, port = os.environ["OLLAMA_HOST"].rpartition(":")
    HTTPServer((host, int(port)), Handler).serve_forever()
"""


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def program(folder: Path, text: str) -> str:
    path = folder / "ollama"
    path.write_text(f"#!{sys.executable}\n{textwrap.dedent(text)}")
    path.chmod(0o755)
    return str(path)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_server_runs_inside_its_block_and_a_kit_can_ask_it(tmp_path: Path, port: int):
    manager = OllamaServerManager(port=port, ollama_bin=program(tmp_path, ANSWERING))
    assert manager.base_url == f"http://127.0.0.1:{port}"
    assert not manager.is_running
    with manager as server:
        assert server is manager
        assert server.is_running
        assert server.list_models() == ["llama3.2:latest"]
        server.pull("qwen3")
        assert server.list_models() == ["llama3.2:latest", "qwen3"]
        with local.Chat(base_url=server.base_url) as kit:
            assert kit.chat(local.ChatConfig(user_message="Hi")).content == "Hello"
        pid = server._process.pid
    assert is_gone(pid)
    assert not manager.is_running
    manager.stop()


def test_a_server_can_be_started_again(tmp_path: Path, port: int):
    manager = OllamaServerManager(port=port, ollama_bin=program(tmp_path, ANSWERING))
    for _ in range(2):
        assert manager.start() is manager
        assert manager.start().is_running
        manager.stop()


def test_a_manager_that_is_dropped_ends_its_server(tmp_path: Path, port: int):
    manager = OllamaServerManager(port=port, ollama_bin=program(tmp_path, ANSWERING)).start()
    pid = manager._process.pid
    del manager
    gc.collect()
    assert is_gone(pid)


def test_an_error_inside_the_block_ends_the_server(tmp_path: Path, port: int):
    manager, pids = OllamaServerManager(port=port, ollama_bin=program(tmp_path, ANSWERING)), []

    def use() -> None:
        with manager as server:
            pids.append(server._process.pid)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        use()
    assert is_gone(*pids)


def test_a_server_that_runs_already_is_used_and_left_running():
    with FakeProvider() as server:
        manager = OllamaServerManager(port=int(server.url.rpartition(":")[2]), ollama_bin="no-such-program")
        with manager:
            assert "llama3.2:latest" in manager.list_models()
        assert manager.is_running


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [("nothing", ModelNotFoundError, "has no model 'nothing'"), ("large", RactoGatewayAPIError, "no space left on device")],
)
def test_a_pull_that_fails_says_why(tmp_path: Path, port: int, model: str, error: type[Exception], says: str):
    with OllamaServerManager(port=port, ollama_bin=program(tmp_path, ANSWERING)) as server, pytest.raises(error, match=says):
        server.pull(model)


def test_a_program_that_is_not_there_is_told_with_what_to_do(port: int):
    with pytest.raises(UsageError, match=r"no program 'olama-x'.*Install Ollama.*ollama_bin="):
        OllamaServerManager(port=port, ollama_bin="olama-x").start()


def test_a_program_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path, port: int):
    failing = program(tmp_path, "import sys; sys.exit('Error: the port is taken')")
    with pytest.raises(RactoGatewayAPIError, match="ended at once with code 1: Error: the port is taken"):
        OllamaServerManager(port=port, ollama_bin=failing).start()


def test_a_program_that_never_answers_is_given_up_and_ended(tmp_path: Path, port: int):
    silent = program(tmp_path, "import time; time.sleep(600)")
    manager = OllamaServerManager(port=port, ollama_bin=silent, startup_timeout=0.2)
    with pytest.raises(RactoGatewayTimeoutError, match=r"did not answer at http://127\.0\.0\.1:\d+ within 0\.2 seconds"):
        manager.start()
    assert manager._process is None


def test_what_answers_but_is_no_ollama_is_not_taken_for_it(port: int):
    with FakeProvider([]) as other:
        other.route("GET /api/version", {"hello": "world"})
        elsewhere = int(other.base_url("ollama").rpartition(":")[2].partition("/")[0])
        manager = OllamaServerManager(port=elsewhere)
        assert not manager.is_running


def test_without_a_server_what_is_asked_of_it_says_so(port: int):
    manager = OllamaServerManager(port=port)
    with pytest.raises(RactoGatewayConnectionError, match=r"No Ollama server answers at http://127\.0\.0\.1.*Call start\(\)"):
        manager.list_models()
    with pytest.raises(RactoGatewayConnectionError, match="No Ollama server answers"):
        manager.pull("llama3.2")


@pytest.mark.parametrize("host", ["http://127.0.0.1", "127.0.0.1/api"])
def test_a_host_is_a_name_and_no_address(host: str):
    with pytest.raises(UsageError, match="host is the name of a machine"):
        OllamaServerManager(host=host)


def test_a_host_of_version_six_stands_in_brackets():
    assert (
        OllamaServerManager(host="::1", port=1).base_url == OllamaServerManager(host="[::1]", port=1).base_url == "http://[::1]:1"
    )
