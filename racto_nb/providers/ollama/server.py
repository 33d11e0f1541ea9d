"""An Ollama server of one's own: started when it is needed, ended with its `with` block. Kind: threaded.

Talks to the server through the standard library, so that a server can be managed without any library for asking it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import time
import weakref
from types import TracebackType
from typing import IO, Any, Self, cast

from racto_nb.exceptions import (
    ModelNotFoundError,
    RactoGatewayAPIError,
    RactoGatewayConnectionError,
    RactoGatewayTimeoutError,
    UsageError,
)
from racto_nb.providers.ollama.facts import BASE_URL_VARIABLE, DEFAULT_PORT, TAGS

_STEP = 0.05
_GRACE = 10.0
"""How long a server may take to end before it is killed."""
_LOOK_SECONDS = 2.0
_MOST_SHOWN = 400


class OllamaServerManager:
    """Runs `ollama serve` on `host` and `port`, and ends it again.

    A server that answers there already is used as it is, and left running by `stop`. `startup_timeout` is in seconds. What
    `ollama_bin` names is looked for on the PATH.

    Raises in `start`: UsageError when there is no such program, RactoGatewayTimeoutError when the server does not answer in time,
    RactoGatewayAPIError when it ends at once, with what it wrote last.

        with OllamaServerManager(port=11500) as server:
            server.pull("llama3.2")
            kit = Chat("llama3.2", base_url=server.base_url)
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = DEFAULT_PORT, startup_timeout: float = 30.0, ollama_bin: str = "ollama"
    ) -> None:
        if "/" in host or "://" in host:
            message = f"host is the name of a machine, such as '127.0.0.1', not {host!r}; the port is port= ."
            raise UsageError(message)
        self._host, self._port = host.strip("[]"), port
        self._startup_timeout = startup_timeout
        self._program = ollama_bin
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._guard: weakref.finalize[Any, Self] | None = None

    @property
    def base_url(self) -> str:
        """The address to give a kit as `base_url`."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def is_running(self) -> bool:
        """Whether a server answers at this address now."""
        try:
            return "version" in self._asked("GET", "/api/version")
        except RactoGatewayAPIError:
            return False

    def start(self) -> Self:
        """Start the server and wait until it answers. One that runs already is used as it is."""
        if self.is_running:
            return self
        if (found := shutil.which(self._program)) is None:
            message = (
                f"There is no program {self._program!r} on this machine. Install Ollama (https://ollama.com/download), or say "
                "where it is: OllamaServerManager(ollama_bin=...)."
            )
            raise UsageError(message)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by stop)
        self._process = subprocess.Popen(  # noqa: S603  (the program that the user named)
            [found, "serve"],
            env=os.environ | {BASE_URL_VARIABLE: self.base_url.removeprefix("http://")},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # interrupting a cell shall not end the server
        )
        self._guard = weakref.finalize(self, _ended, self._process, self._log)
        try:
            self._wait(self._process, self._log)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server that `start` started. Without one it does nothing."""
        if self._guard is not None:
            self._guard()
        self._process = self._log = self._guard = None

    def pull(self, model: str) -> None:
        """Fetch `model` from Ollama's library and wait for it: several GB may take long.

        Raises ModelNotFoundError for a name that the library does not have, RactoGatewayAPIError for any other trouble.
        """
        try:
            told = self._asked("POST", "/api/pull", {"model": model, "stream": False}, timeout=None)
        except RactoGatewayAPIError as error:
            if "not exist" in str(error) or "not found" in str(error):
                message = f"Ollama's library has no model {model!r}. Look for its name at https://ollama.com/library."
                raise ModelNotFoundError(message, name=model) from None
            raise
        if told.get("status") != "success":
            message = f"{self.base_url} did not say that it has fetched {model!r}: {told or 'nothing'}. Is this an Ollama server?"
            raise RactoGatewayAPIError(message)

    def list_models(self) -> list[str]:
        """The names of the models that this server has."""
        return [str(model["name"]) for model in self._asked("GET", TAGS).get("models", [])]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<OllamaServerManager {self.base_url}>"

    def _wait(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        deadline = time.monotonic() + self._startup_timeout
        while not self.is_running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(_STEP)
                message = f"`{self._program} serve` ended at once with code {code}: {_last(log)}"
                raise RactoGatewayAPIError(message)
            if time.monotonic() > deadline:
                message = (
                    f"`{self._program} serve` did not answer at {self.base_url} within {self._startup_timeout:g} seconds. Allow "
                    f"more time (startup_timeout=). It wrote last: {_last(log)}"
                )
                raise RactoGatewayTimeoutError(message)

    def _asked(self, method: str, path: str, body: Any = None, *, timeout: float | None = _LOOK_SECONDS) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        try:
            headers = {"content-type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return _answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            why = str(error) or type(error).__name__
            message = f"No Ollama server answers at {self.base_url} ({why}). Call start(), or start it yourself."
            raise RactoGatewayConnectionError(message) from error
        finally:
            connection.close()


def _answer(status: int, content: bytes) -> dict[str, Any]:
    try:
        told: object = json.loads(content)
    except ValueError:
        told = None
    answer = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
    if not http.client.OK <= status < http.client.MULTIPLE_CHOICES or "error" in answer:
        said = str(answer.get("error") or content[:_MOST_SHOWN].decode(errors="replace"))
        message = f"The Ollama server answered with HTTP {status}: {said}"
        raise RactoGatewayAPIError(message, status_code=status)
    return answer


def _last(log: IO[bytes]) -> str:
    """The end of what the server wrote."""
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - _MOST_SHOWN))
    return " ".join(log.read().decode(errors="replace").split()) or "nothing"


def _ended(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    log.close()
