"""A notebook in a tab of the browser, in JupyterLab or Notebook 7: run cells, read outputs, press buttons, take pictures.

How to write tests with it is told in front_ends.py.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from front_ends import Server
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, ViewportSize
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

PATIENCE = 90.0
"""Seconds until a wait is given up, where the caller names none."""

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
GONE = "widget model not found"
SIZE: ViewportSize = {"width": 1200, "height": 900}
PANEL = "const panel = [...(window.jupyterapp?.shell.widgets('main') ?? [])].find(widget => widget.content?.model?.cells);"
IDLE = """
  const context = panel?.context?.sessionContext;
  const kernel = context?.session?.kernel;
  return !!(context?.isReady && kernel?.connectionStatus === 'connected' && kernel.status === 'idle' && !context.hasNoKernel
    && panel.content.widgets.every(cell => cell.model.executionState !== 'running'));
"""
# A theme that is changed again while JupyterLab still takes its splash away makes it throw.
WORN = """([name, light]) => document.body.dataset.jpThemeName === name && document.body.dataset.jpThemeLight === light
  && getComputedStyle(document.body).getPropertyValue('--jp-layout-color0').trim() !== ''
  && !document.getElementById('jupyterlab-splash')"""
# A cell that has ended in an error may still have to be drawn.
IN_VAIN = """
  const failed = window.ended?.[given] && panel.content.widgets[given].outputArea.model.toJSON().some(o => o.output_type === 'error');
  window.failedAt = failed ? window.failedAt ?? Date.now() : undefined;
  return failed && Date.now() - window.failedAt > 2000 ? 'in vain' : false;
"""
REPLACE = """
  const model = panel.content.model.sharedModel;
  model.transact(() => { model.deleteCellRange(0, model.cells.length); model.insertCells(0, given); });
  window.ended = {};
  window.endedAll = window.failedAt = undefined;
"""
# Puts the cursor into a cell, and notes when the kernel answers what would complete it.
FOCUS = """
  window.completedAt = undefined;
  const cell = panel.content.widgets[given];
  panel.content.activeCellIndex = given;
  panel.content.mode = 'edit';
  cell.editor.focus();
  panel.context.sessionContext.session.kernel.anyMessage.connect((_, {msg}) => {
    if (msg.header.msg_type === 'complete_reply') window.completedAt = Date.now();
  });
"""
SOURCE = "return panel.content.widgets[given[0]].model.sharedModel.getSource() === given[1];"
OFFERED = """
  const source = panel.content.widgets[given[0]].model.sharedModel.getSource();
  const items = [...document.querySelectorAll('.jp-Completer:not(.lm-mod-hidden) .jp-Completer-match')];
  if (items.length) return items.map(item => item.innerText.trim());
  if (source !== given[1]) return [source];
  return window.completedAt && Date.now() - window.completedAt > 1000 ? [] : false;
"""
# Playwright's own events for frames cannot keep up with a fast stream.
COUNT_FRAMES = """(() => {
  const Plain = window.WebSocket, seen = window.framesSeen = {messages: 0, bytes: 0};
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      if (!String(given[0]).includes('/channels')) return;
      this.addEventListener('message', ({data}) => { seen.messages += 1; seen.bytes += data.byteLength ?? data.length; });
    }
  };
})()"""
# Notebook 7.6 throws this on every load: it is told of the settings of a plugin before it has them.
HARMLESS = re.compile(r"^thrown: TypeError: Cannot read properties of undefined \(reading 'schema'\)\s+at .*/static/notebook/")


class NotebookPage:
    """A notebook file, open in a tab of the browser, with a fresh kernel. Cells are counted from 0.

    `page` is Playwright's page, `errors` what it threw or wrote to its console as an error.
    """

    def __init__(self, page: Page, server: Server, shots: Path, name: str, cells: Sequence[str]) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        self.path = server.notebooks / name
        self._shots = shots
        page.add_init_script(COUNT_FRAMES)
        page.on("pageerror", lambda error: self._note(f"thrown: {error.stack or error}"))
        page.on("console", self._note_console)
        self.path.write_text(json.dumps(notebook_of(cells)))

    def load(self) -> None:
        """Load the page, for the first time or anew, and wait until its kernel is ready."""
        self.page.goto(self.server.address(self.path.name), timeout=PATIENCE * 1000)
        self.wait_until_idle()

    def begin_again(self, cells: Sequence[str]) -> None:
        """Other cells and a restarted kernel in the same page, which is not loaded again."""
        self.js(
            "const kernel = panel.context.sessionContext.session.kernel; return kernel.status === 'busy' && kernel.interrupt();"
        )
        self.restart()
        self.js(REPLACE, notebook_of(cells)["cells"])
        self.page.set_viewport_size(SIZE)
        self.show_in("light")
        self.errors.clear()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text} ({message.location.get('url', '')})")

    def _note(self, error: str) -> None:
        if not HARMLESS.search(error):
            self.errors.append(error)

    # --- Cells ---------------------------------------------------------------------------------------------------------

    def set_cell(self, index: int, source: str) -> None:
        """Put `source` in the place of a cell's text."""
        self.js("panel.content.widgets[given[0]].model.sharedModel.setSource(given[1]);", [index, source])

    def source(self, index: int) -> str:
        """The text of a cell."""
        return self.js("return panel.content.widgets[given].model.sharedModel.getSource();", index)

    def append(self, source: str) -> int:
        """A new code cell at the end; its index."""
        return self.js(
            "const model = panel.content.model.sharedModel; model.insertCell(model.cells.length, {cell_type: 'code', source: given});"
            "return model.cells.length - 1;",
            source,
        )

    def start(self, index: int) -> None:
        """Begin to run a cell. Not awaited in the page, so that a lost message cannot hang the test."""
        self.js(
            "panel.content.activeCellIndex = given; panel.content.deselectAll(); (window.ended ??= {})[given] = false;"
            "window.jupyterapp.commands.execute('notebook:run-cell').then(() => { window.ended[given] = true; });",
            index,
        )

    def ended(self, index: int) -> bool:
        """Whether a cell that was started has ended."""
        return self.page.evaluate("(i) => window.ended[i] === true", index)

    def wait(self, index: int, *, timeout: float = PATIENCE) -> None:
        """Wait until a cell that was started has ended."""
        self._await("(i) => window.ended[i] === true", index, timeout, f"cell {index} to end", cell=index)

    def run(self, index: int, *, timeout: float = PATIENCE) -> str:
        """Run a cell to its end; the text of its output."""
        self.start(index)
        self.wait(index, timeout=timeout)
        return self.text(index)

    def run_all(self, *, timeout: float = PATIENCE) -> None:
        """Run all cells to their end, as the menu does: the first error ends it."""
        self.js(
            "window.endedAll = false;"
            "window.jupyterapp.commands.execute('notebook:run-all-cells').finally(() => { window.endedAll = true; });"
        )
        self._await("() => window.endedAll === true", None, timeout, "all cells to end")

    # --- Outputs -------------------------------------------------------------------------------------------------------

    def output(self, index: int) -> Locator:
        """What is below a cell, to find elements in: `page.output(0).locator("button")`."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index).locator(".jp-Cell-outputArea")

    def text(self, index: int) -> str:
        """What a reader sees below a cell."""
        return self.js("return panel.content.widgets[given].outputArea.node.innerText", index)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """The outputs of a cell as the notebook format has them; `["data"]` holds the MIME types of a display."""
        return self.js("return panel.content.widgets[given].outputArea.model.toJSON()", index)

    def count(self, index: int, selector: str) -> int:
        """How many elements in a cell's output match `selector`."""
        return self.js(
            "return panel.content.widgets[given[0]].outputArea.node.querySelectorAll(given[1]).length", [index, selector]
        )

    def wait_for_output(self, index: int, text: str, *, timeout: float = PATIENCE) -> None:
        """Wait until a reader sees `text` below a cell."""
        self.until(index, f"node.innerText.includes({json.dumps(text)})", timeout=timeout)

    def until(self, index: int, condition: str, *, timeout: float = PATIENCE) -> None:
        """Wait until `condition`, JavaScript about the output `node` of a cell, holds. Given up early when an error ended the cell.

        What it looks at may not be there yet: that it then stumbles over null means that it does not hold.
        """
        holds = f"try {{ if ({condition}) return 'holds'; }} catch (error) {{ if (!(error instanceof TypeError)) throw error; }}"
        body = f"const node = panel.content.widgets[given].outputArea.node; {holds} {IN_VAIN}"
        wanted = f"{condition} below cell {index}"
        if self._await(f"(given) => {{ {PANEL} {body} }}", index, timeout, wanted, cell=index) != "holds":
            message = f"Cell {index} ended in an error, without {condition}:\n{self.text(index)[-1500:]}"
            raise AssertionError(message)

    # --- Kernel and file -----------------------------------------------------------------------------------------------

    def wait_until_idle(self, *, timeout: float = PATIENCE) -> None:
        """Wait until the kernel is connected and has nothing to do."""
        self._await(f"() => {{ {PANEL} {IDLE} }}", None, timeout, "an idle kernel")

    def interrupt(self) -> None:
        """Press the stop button in the toolbar."""
        self.page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name='interrupt'] jp-button").click()

    def restart(self) -> None:
        """Restart the kernel, without the question whether to, and wait until it is ready."""
        self.js("return panel.context.sessionContext.session.kernel.restart().then(() => null)")
        self.wait_until_idle()

    def save(self) -> dict[str, Any]:
        """Save; the file's content."""
        self.js("return window.jupyterapp.commands.execute('docmanager:save').then(() => null)")
        return json.loads(self.path.read_text())

    def reload(self) -> None:
        """Load the page anew: what is shown then comes from the file. The kernel stays, or a new one is started."""
        self.load()

    def reload_widget(self, index: int) -> None:
        """Load the page anew, with the widget below a cell alive again.

        Of a kernel that is slow to tell its models a front end takes them for gone, and shows what stands in the file: a reader
        then loads the page once more.
        """
        for last in (False, False, True):
            self.reload()
            shown = "return !!panel?.content.widgets[given].outputArea?.node.querySelector('.racto-widget')"
            late = time.monotonic() + PATIENCE
            while not (found := self.js(shown, index)) and not any(GONE in error for error in self.errors):
                assert time.monotonic() < late, f"Neither a widget nor what stands in the file came below cell {index}."
                self.page.wait_for_timeout(100)
            if found or last:
                return
            self.errors.clear()

    # --- The front end -------------------------------------------------------------------------------------------------

    def js(self, body: str, argument: Any = None) -> Any:
        """Evaluate JavaScript in the page, with `panel` as the notebook and `given` as the argument."""
        return self.page.evaluate(f"(given) => {{ {PANEL} {body} }}", argument)

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Give the front end a command, without waiting for its end."""
        self.js("window.jupyterapp.commands.execute(given[0], given[1]);", [name, arguments or {}])

    def show_in(self, theme: str) -> None:
        """Put on a theme, "light" or "dark", and wait until it is on and nothing lies over the page any more."""
        if self.page.evaluate("document.body.dataset.jpThemeName") != THEMES[theme]:
            self.command("apputils:change-theme", {"theme": THEMES[theme]})
        self._await(WORN, [THEMES[theme], str(theme == "light").lower()], PATIENCE, f"the {theme} theme")

    def complete(self, index: int, typed: str, *, take: bool = False) -> list[str]:
        """Type into a cell that is emptied first, and press Tab: what is offered below, or the cell's text where just one thing fits.

        Nothing where the kernel answered and nothing came of it. With `take`, the first that is offered is taken.
        """
        self.set_cell(index, "")
        self.js(FOCUS, index)
        self.page.keyboard.type(typed)
        self._await(f"(given) => {{ {PANEL} {SOURCE} }}", [index, typed], PATIENCE, f"{typed!r} to be typed")
        self.page.keyboard.press("Tab")
        offered = self._await(f"(given) => {{ {PANEL} {OFFERED} }}", [index, typed], PATIENCE, f"completions of {typed!r}")
        self.page.keyboard.press("Enter" if take else "Escape")
        if take:
            self._await(f"(given) => {{ {PANEL} return !(() => {{ {SOURCE} }})(); }}", [index, typed], PATIENCE, "what was taken")
        return offered

    def received(self) -> dict[str, int]:
        """How many messages, and bytes, came from kernels since the page was loaded."""
        return self.page.evaluate("({...window.framesSeen})")

    def shot(self, name: str, *, cell: int | None = None) -> Path:
        """A picture of the page, or of what is below a cell; its file. The front end's name is put before `name`."""
        file = self._shots / f"{self.server.front_end.name}-{name}.png"
        if cell is None:
            self.page.screenshot(path=file)
        else:
            self.output(cell).screenshot(path=file)
        return file

    def _await(self, condition: str, argument: Any, timeout: float, wanted: str, *, cell: int | None = None) -> Any:
        """Wait for JavaScript to be true; its value. A wait in vain tells what there was instead."""
        try:
            return self.page.wait_for_function(condition, arg=argument, timeout=timeout * 1000, polling=20).json_value()
        except PlaywrightTimeoutError as error:
            there = "" if cell is None else f"\nbelow the cell: {self.text(cell)[-1500:]!r}"
            message = f"Waited {timeout:g} s for {wanted}.{there}\nerrors in the page: {self.errors}"
            raise AssertionError(message) from error


class Notebooks:
    """Opens notebooks in tabs of one browser context, and closes what it opened."""

    def __init__(self, context: BrowserContext, server: Server, shots: Path) -> None:
        self.context = context
        self.server = server
        self.shots = shots
        self.pages: list[NotebookPage] = []

    def open(self, cells: Sequence[str] = ("",), *, name: str | None = None) -> NotebookPage:
        """A new notebook of these code cells, with a fresh kernel, none of them run, in the light theme."""
        chosen = name or _free_name(self.server.notebooks)
        page = NotebookPage(self.context.new_page(), self.server, self.shots, chosen, cells)
        self.pages.append(page)
        self.server.start_session(chosen)
        page.load()
        page.show_in("light")  # the server keeps what a test before chose
        return page

    def part(self) -> Notebooks:
        """Another opener over the same context, to be closed before this one."""
        return Notebooks(self.context, self.server, self.shots)

    def close(self) -> None:
        """Close the tabs and end their kernels."""
        for page in self.pages:
            page.page.close()
            self.server.end_sessions(page.path.name)
        self.pages.clear()

    def pictures_of_failure(self, test: str) -> list[Path]:
        """A picture of each page, where one can be taken."""
        files: list[Path] = []
        for number, page in enumerate(self.pages):
            try:
                files.append(page.shot(f"failed-{re.sub(r'[^a-z0-9]+', '-', test.lower())[:80]}-{number}"))
            except PlaywrightError:  # the page is what failed
                continue
        return files


class Scratch(Notebooks):
    """Opens one notebook after the other in one tab: cells and kernel are new, but the page is not loaded again.

    After a failed test (`spoilt`) the next one gets a new tab.
    """

    spoilt = False

    def open(self, cells: Sequence[str] = ("",), *, name: str | None = None) -> NotebookPage:
        """A notebook of these code cells, with a fresh kernel. What was opened before is gone."""
        if self.spoilt or (self.pages and name is not None):
            self.close()
        self.spoilt = False
        if not self.pages:
            return super().open(cells, name=name)
        self.pages[0].begin_again(cells)
        return self.pages[0]


def notebook_of(cells: Sequence[str]) -> dict[str, object]:
    """A notebook of these code cells, none of them run, as the notebook format has it."""
    code: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [{**code, "id": f"cell{number}", "source": source} for number, source in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _free_name(folder: Path) -> str:
    number = len(list(folder.glob("*.ipynb")))
    return f"notebook{number}.ipynb"
