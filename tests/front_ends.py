"""JupyterLab and Notebook 7 for tests in a real browser: one server per front end, the same interface over both.

A test in `tests/browser` asks for the fixture `notebook` and runs once in each front end:

    def test_a_click_reaches_python(notebook):
        page = notebook.open(["import ipywidgets as w\\nb = w.Button(description='Go')\\nb", "print('clicked')"])
        page.run(0)                                    # to its end; .start(0) does not wait
        page.wait_for_output(0, "Go")                  # a text a reader sees below the cell
        page.output(0).get_by_text("Go").click()       # a Playwright locator inside the cell's output
        assert page.run(1).strip() == "clicked"        # what a reader sees
        page.outputs(1)                                # the same as data: the outputs as the notebook format has them

Fixtures (tests/browser/conftest.py)
- `front_end`: "lab" and "notebook7"; choose one by `-k lab`, or for a test that has a reason:
  `@pytest.mark.parametrize("front_end", ["lab"], indirect=True)`. It is of session scope: one server at a time.
- `notebook`: opens notebooks, each in a tab of its own; tabs and kernels are closed after the test.
- `notebooks`: the same for module-scoped fixtures, where several tests share one opened notebook; closed after the module.
- `scratch`: the same in half the time. It has one tab: `scratch.open(cells)` puts other cells into it and restarts the kernel,
  and what was opened before is gone. Of any scope. For what leaves nothing behind in the page itself.
- `theme`: "light" and "dark"; put it on with `page.show_in(theme)`.
- `server`: its address, its REST interface, its folder of notebooks, its log.
- `browser`: Chromium, for a page that is no notebook (`new_context`).

What else a page can do (tests/notebook_page.py): set, append and run cells, run all, wait until idle or for a condition,
interrupt by the toolbar's button, restart the kernel, save, reload, complete by Tab, count what came over websockets, take
pictures. `page.page` is Playwright's page itself.

An error that the page throws or writes to its console fails the test; `page.errors.clear()` where one is meant. A failed test
shows the server's log, and names a picture of the page. Pictures go to the folder that RACTO_SHOTS names, else to a temporary
one. Waits are generous, since the machine may be busy: they say how long something may take, never how fast it has to be.

Servers take a free port, keep to a temporary folder, and end themselves when the test run that started them is gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserType

CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
NO_BROWSER = (
    "No browser for the browser tests. On Debian or Ubuntu: apt-get install chromium. Elsewhere: python -m playwright install "
    "chromium. Or name one in the environment variable CHROMIUM."
)
SETTINGS: dict[str, dict[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "completer-extension/manager": {"providerTimeout": 30_000},  # by itself one second, too short for a busy machine
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells that are scrolled away stay in the page
}
# The pipe on standard input closes when the test run is gone, however it ended: the server then ends as if it were asked to.
UNTIL_LEFT_ALONE = """
import os, runpy, signal, sys, threading
def watch():
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=watch, daemon=True).start()
sys.argv.pop(0)
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """How a front end is started, and where it shows a notebook."""

    name: str
    module: str
    path: str
    options: Mapping[str, str]


FRONT_ENDS = {
    "lab": FrontEnd(
        "lab", "jupyterlab", "/doc/tree/", {"LabApp.expose_app_in_browser": "True", "LabApp.extension_manager": "readonly"}
    ),
    "notebook7": FrontEnd("notebook7", "notebook", "/notebooks/", {"JupyterNotebookApp.expose_app_in_browser": "True"}),
}


def browser_path(chromium: BrowserType) -> str:
    """The browser to drive: what CHROMIUM names, the system's, or Playwright's own. FileNotFoundError when there is none."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else [shutil.which("chromium"), chromium.executable_path]
    for path in candidates:
        if path and Path(path).exists():
            return path
    raise FileNotFoundError(NO_BROWSER)


class Server:
    """A front end's server on a free port, with private settings, a token, and no news. Ended by its own process id."""

    def __init__(self, front_end: FrontEnd, folder: Path) -> None:
        self.front_end = front_end
        self.notebooks = folder / "notebooks"
        self.log = folder / "server.log"
        self.token = secrets.token_hex(16)
        self.url = ""
        self.notebooks.mkdir(parents=True)
        self._runtime = folder / "runtime"
        environment = {**os.environ, **_private_places(folder)}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self._await_ready(time.monotonic() + 120)
        except BaseException:
            self.stop()
            raise

    def _command(self) -> list[str]:
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": "0",  # any that is free
            "ServerApp.port_retries": "0",
            "ServerApp.root_dir": str(self.notebooks),
            "IdentityProvider.token": self.token,
            **self.front_end.options,
        }
        given = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-c", UNTIL_LEFT_ALONE, self.front_end.module, "--no-browser", "--allow-root", *given]

    def _await_ready(self, deadline: float) -> None:
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"The server of {self.front_end.name} did not start:\n{self.log_end()}"
                raise RuntimeError(message)
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            about = json.loads((self._runtime / f"jpserver-{self._process.pid}.json").read_text())
            self.url = f"http://127.0.0.1:{about['port']}"
            self.api("/api/status")
        except (OSError, ValueError):  # not written, half written, or not listening yet
            return False
        return True

    def api(self, path: str, method: str = "GET", content: object = None) -> Any:
        """Call the server's REST interface."""
        sent = None if content is None else json.dumps(content).encode()
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, sent, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def address(self, name: str) -> str:
        """Where the front end shows the notebook `name`."""
        return f"{self.url}{self.front_end.path}{name}?token={self.token}&reset"

    def log_end(self, characters: int = 4000) -> str:
        """The last that the server said."""
        return self.log.read_text(errors="replace")[-characters:]

    def start_session(self, name: str) -> None:
        """Start the kernel of the notebook `name`, which the front end takes over: it boots while the page is loaded."""
        about = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        self.api("/api/sessions", "POST", about)

    def end_sessions(self, name: str | None = None) -> None:
        """Shut down the kernel of the notebook `name`, or all kernels."""
        for session in self.api("/api/sessions"):
            if name is None or session["path"] == name:
                self.api(f"/api/sessions/{session['id']}", "DELETE")

    def stop(self) -> None:
        """End the kernels and the server."""
        if self._process.poll() is None and self.url:
            with contextlib.suppress(OSError):
                self.end_sessions()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


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
