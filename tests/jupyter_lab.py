"""A JupyterLab server of our own, and a notebook in a real browser: run cells, look at outputs, interrupt, save, reopen."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4
from playwright.sync_api import Browser, BrowserType, Page

CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
NO_BROWSER = (
    "No browser for the browser tests. On Debian or Ubuntu: apt-get install chromium. Elsewhere: python -m playwright install "
    "chromium. Or name one in the environment variable CHROMIUM."
)
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells that are scrolled away stay in the page
}
READY = """() => {
  for (const widget of window.jupyterapp?.shell.widgets('main') ?? []) {
    const context = widget.context?.sessionContext;
    const kernel = context?.session?.kernel;
    if (context?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle') return true;
  }
  return false;
}"""
PANEL = "const panel = [...window.jupyterapp.shell.widgets('main')].find(widget => widget.content?.model?.cells);"


def browser_path(chromium: BrowserType) -> str:
    """The browser to drive: what CHROMIUM names, the system's, or Playwright's own. FileNotFoundError when there is none."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else [shutil.which("chromium"), chromium.executable_path]
    for path in candidates:
        if path and Path(path).exists():
            return path
    raise FileNotFoundError(NO_BROWSER)


class LabServer:
    """JupyterLab on a free port, with private settings, a token, and no news. Stopped by its own process id."""

    def __init__(self, folder: Path) -> None:
        self.notebooks = folder / "notebooks"
        self.log = folder / "server.log"
        self.token = secrets.token_hex(16)
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.notebooks.mkdir(parents=True)
        environment = {**os.environ, **_private_places(folder)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._await_ready(time.monotonic() + 90)

    def _command(self) -> list[str]:
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.url.rpartition(":")[2],
            "ServerApp.port_retries": "0",
            "ServerApp.root_dir": str(self.notebooks),
            "IdentityProvider.token": self.token,
            "LabApp.expose_app_in_browser": "True",
            "LabApp.extension_manager": "readonly",
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *given]

    def _await_ready(self, deadline: float) -> None:
        while True:
            try:
                self.api("/api/status")
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    message = f"JupyterLab did not start:\n{self.log.read_text()[-3000:]}"
                    raise RuntimeError(message) from error
                time.sleep(0.1)
            else:
                return

    def api(self, path: str, method: str = "GET") -> Any:
        """Call the server's REST interface."""
        request = urllib.request.Request(self.url + path, method=method, headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def end_sessions(self) -> None:
        """Shut down all kernels."""
        for session in self.api("/api/sessions"):
            self.api(f"/api/sessions/{session['id']}", "DELETE")

    def stop(self) -> None:
        """End the kernels and the server."""
        with contextlib.suppress(OSError):
            self.end_sessions()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Notebook:
    """A notebook file, open in a page of the browser, with a fresh kernel."""

    def __init__(self, page: Page, lab: LabServer, name: str, cells: list[str]) -> None:
        self.page = page
        self.lab = lab
        self.path = lab.notebooks / name
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells], metadata={"kernelspec": kernel})
        nbformat.write(content, self.path)
        self.open()

    def open(self) -> None:
        """Load the page anew and wait until its kernel is ready."""
        self.page.goto(f"{self.lab.url}/doc/tree/{self.path.name}?token={self.lab.token}&reset")
        self.page.wait_for_function(READY, timeout=90_000)

    def js(self, body: str, argument: Any = None) -> Any:
        """Evaluate JavaScript in the page, with `panel` as the notebook and `given` as the argument."""
        return self.page.evaluate(f"(given) => {{ {PANEL} {body} }}", argument)

    def start(self, index: int) -> None:
        """Begin to run a cell. Not awaited in the page, so that a lost message cannot hang the test."""
        self.js(
            "panel.content.activeCellIndex = given; panel.content.deselectAll(); (window.ended ??= {})[given] = false;"
            "window.jupyterapp.commands.execute('notebook:run-cell').then(() => { window.ended[given] = true; });",
            index,
        )

    def wait(self, index: int, *, timeout: float = 60) -> None:
        """Wait until a cell that was started has ended."""
        self.page.wait_for_function("(i) => window.ended[i] === true", arg=index, timeout=timeout * 1000, polling=50)

    def until(self, index: int, condition: str, *, timeout: float = 60) -> None:
        """Wait until `condition`, JavaScript about the output `node` of a cell, holds."""
        body = f"(i) => {{ {PANEL} const node = panel.content.widgets[i].outputArea.node; return {condition}; }}"
        self.page.wait_for_function(body, arg=index, timeout=timeout * 1000, polling=20)

    def run(self, index: int, *, timeout: float = 60) -> str:
        """Run a cell to its end; the text of its output."""
        self.start(index)
        self.wait(index, timeout=timeout)
        return self.text(index)

    def text(self, index: int) -> str:
        """What a reader sees below a cell."""
        return self.js("return panel.content.widgets[given].outputArea.node.innerText", index)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell as the notebook format has them."""
        return self.js("return panel.content.widgets[given].outputArea.model.toJSON()", index)

    def count(self, index: int, selector: str) -> int:
        """How many elements in a cell's output match `selector`."""
        return self.js(
            "return panel.content.widgets[given[0]].outputArea.node.querySelectorAll(given[1]).length", [index, selector]
        )

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Give a JupyterLab command, without waiting for its end."""
        self.js("window.jupyterapp.commands.execute(given[0], given[1]);", [name, arguments or {}])

    def save(self) -> dict[str, Any]:
        """Save; the file's content."""
        self.js("return window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
        return json.loads(self.path.read_text())


@contextlib.contextmanager
def new_page(browser: Browser) -> Iterator[Page]:
    """A page with its own cookies and storage."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    try:
        yield context.new_page()
    finally:
        context.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _private_places(folder: Path) -> dict[str, str]:
    """Settings, history and runtime files in `folder`."""
    settings = folder / "settings"
    for plugin, values in SETTINGS.items():
        file = settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    return {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
