"""What a model says never runs, is never fetched and never gives a command, wherever it is shown; and the probe can tell.

Output of a cell that has run is trusted in Jupyter: the control shows that the same text, displayed as HTML, does all of it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import dataclass

import pytest
from notebook_page import NotebookPage, Notebooks
from playwright.sync_api import Browser, Page, Route

PAYLOAD = r"""Hello **TAG**

<script>window.X_TAG_script=1</script>

<img src="x" onerror="window.X_TAG_img=1"> <svg onload="window.X_TAG_svg=1"></svg> <details open ontoggle="window.X_TAG_details=1">d</details>

<iframe srcdoc="<script>parent.X_TAG_iframe=1</script>"></iframe>

<a href="javascript:window.X_TAG_link=1">html link</a> <a href="java&#10;script:window.X_TAG_link=1">split</a>

[md link](javascript:window.X_TAG_mdlink=1) [coded](&#106;avascript:window.X_TAG_mdlink=1) [data](data:text/html,<script>1</script>) [ref][r]

[r]: javascript:window.X_TAG_mdlink=1

<style>.jp-Toolbar{display:none}</style> <form action="https://evil.example/"><input name=q></form>

<button id="run_TAG" data-commandlinker-command="notebook:insert-cell-below">b</button>

![t](https://tracker.example/TAG.png) <img src="https://tracker.example/TAG2.png"> <link rel="stylesheet" href="https://tracker.example/TAG.css">

```"><img src=x onerror=window.X_TAG_fence=1>
code </code></pre><img src=x onerror="window.X_TAG_code=1">
```

```html
<script>window.X_TAG_block=1</script>
```

| a | b |
|---|---|
| <img src=x onerror="window.X_TAG_cell=1"> | [c](javascript:window.X_TAG_cell=1) |

<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.X_TAG_mutation=1&gt;">

$$\href{javascript:window.X_TAG_formula=1}{formula}$$ $\style{background:url(https://tracker.example/TAG-formula.png)}{f}$ $\data{commandlinker-command=notebook:insert-cell-below}{g}$
"""

SETUP = f"""
%load_ext racto_nb
import json, os
from racto_nb.exceptions import RactoGatewayAPIError
from racto_nb.testing import FakeKit, FakeReply
def says(tag): return {PAYLOAD!r}.replace('TAG', tag)
"""


@dataclass(frozen=True, slots=True)
class Surface:
    """A place where a model's text is shown: the code before it, and the cell that shows it.

    `styled` where a library's own styles belong to the output: frames and IPython's tracebacks.
    """

    cell: str
    before: str = ""
    styled: bool = False


def asked(tag: str, line: str = "", reply: str = "says({tag!r})", *, styled: bool = False) -> Surface:
    """The answer of a FakeKit that says the payload."""
    return Surface(f"%%racto --model kit {line}\nq", f"kit = FakeKit([{reply.format(tag=tag)}], repeat_last=True)", styled)


SURFACES = {
    "live": asked("live"),
    "pieces": asked("pieces", reply="FakeReply(tuple(says({tag!r})), delay=0.0002)"),
    "nostream": asked("nostream", "--no-stream"),
    "json": asked("json", "--json", reply="json.dumps(dict(a=says({tag!r})))"),
    "malformed": asked("malformed", "--json"),
    "cut": asked("cut", reply="FakeReply((says({tag!r}), 'x'), cut_after=1)"),
    "error": asked("error", reply="RactoGatewayAPIError(says({tag!r}))"),
    "foreign": asked("foreign", reply="ZeroDivisionError(says({tag!r}))", styled=True),
    "polars": asked("polars", "--df", reply="json.dumps([dict(a=says({tag!r}))])", styled=True),
    "pandas": asked("pandas", "--df pandas", reply="json.dumps([dict(a=says({tag!r}))])", styled=True),
    "dryrun": Surface("%%racto --model kit --dry-run\n{{text}}", "kit = FakeKit([]); text = says('dryrun')"),
    "model": Surface("%%racto --model kit\nq", "kit = FakeKit(['x'], model=says('model'))"),
    "waiting": Surface("%%racto --model kit\nq", "kit = FakeKit([FakeReply(('x',), delay=0.5)], model=says('waiting'))"),
    "models": Surface("%racto models", "kit = FakeKit([], model=says('models'))"),
    "question": Surface(
        "%racto history talk",
        "kit = FakeKit(['x']); text = says('question')\nget_ipython().run_cell_magic('racto', '--model kit -q --history talk', '{{text}}')",
    ),
    "history": Surface(
        "%racto history told",
        "kit = FakeKit([says('history')])\nget_ipython().run_cell_magic('racto', '--model kit -q --history told', 'q')",
    ),
    "histories": Surface("%racto history"),
    "result": Surface("_racto", "kit = FakeKit([says('result')])\nget_ipython().run_cell_magic('racto', '--model kit -q', 'q')"),
    "last": Surface("%racto last", "kit = FakeKit([says('last')])\nget_ipython().run_cell_magic('racto', '--model kit -q', 'q')"),
    "static": Surface("%%racto --model kit\nq", "kit = FakeKit([says('static')])\nos.environ['RACTO_DISPLAY'] = 'static'"),
}
TAGS = list(SURFACES)
IN_BOTH = ["live", "pieces", "error", "foreign", "polars", "models", "result"]
"""One of each kind of output: updates, errors, tracebacks, frames, lists, results. How the others are made is Python's affair."""
SHOWN = {"lab": TAGS, "notebook7": IN_BOTH}

FORBIDDEN = (
    "script, img, iframe, object, embed, form, input, button, svg, link, meta, base, details, mjx-container, [onerror], [onload], "
    "[data-commandlinker-command], [id^=run_]"
)
OUTPUT = "const node = panel.content.widgets[given].outputArea.node;"
ACTING = f"""return [...node.querySelectorAll('.jp-OutputArea-output')]
  .flatMap(output => [...output.querySelectorAll(`{FORBIDDEN}`)]).map(element => element.outerHTML);"""
CLICK_ALL = (
    "for (const element of node.querySelectorAll('.jp-OutputArea-output *')) if (element.tagName !== 'A') element.click?.();"
)


class Watched:
    """A page whose calls to the outside are counted and never made."""

    def __init__(self, page: Page, home: str) -> None:
        self.page = page
        self.calls: list[str] = []
        page.route(lambda url: not url.startswith((home, "data:", "blob:", "file:")), self._refuse)

    def _refuse(self, route: Route) -> None:
        self.calls.append(route.request.url)
        route.abort()

    @property
    def flags(self) -> list[str]:
        """What the payloads managed to set."""
        return sorted(self.page.evaluate("Object.keys(window).filter(name => name.startsWith('X_'))"))


def settle(page: Page) -> None:
    """Give what was inserted the time to be loaded and to fire: everything that was begun before is over after this."""
    page.evaluate("new Promise(done => requestIdleCallback(() => setTimeout(done, 300)))")


@pytest.fixture(scope="module")
def watched(notebooks: Notebooks) -> tuple[Watched, NotebookPage]:
    """The surfaces, run in one notebook."""
    surfaces = [SURFACES[tag] for tag in SHOWN[notebooks.server.front_end.name]]
    cells = [code for surface in surfaces for code in (surface.before, surface.cell)]
    notebook = notebooks.open([SETUP, *cells])
    watch = Watched(notebook.page, notebooks.server.url)
    for index in range(len(cells) + 1):
        notebook.run(index)
    settle(notebook.page)
    return watch, notebook


def shown_by(notebook: NotebookPage, tag: str) -> int:
    """The index of the cell that shows the surface."""
    return 2 + 2 * SHOWN[notebook.server.front_end.name].index(tag)


def assert_inert(notebook: NotebookPage, tag: str) -> None:
    """Below the cell that shows the surface stands its text, and nothing that could run, be fetched or give a command."""
    index = shown_by(notebook, tag)
    assert notebook.outputs(index), "nothing was shown"
    assert "Hello" in notebook.text(index)
    assert notebook.js(OUTPUT + ACTING, index) == []
    links = notebook.js(f"{OUTPUT} return [...node.querySelectorAll('a[href]')].map(link => link.protocol)", index)
    # In errors JupyterLab itself makes links of what looks like an address; browsers refuse to open data: ones.
    assert set(links) <= {"http:", "https:", "mailto:"} | ({"data:"} if tag in {"error", "foreign"} else set())
    if not SURFACES[tag].styled:
        assert notebook.count(index, ".jp-OutputArea-output [style]") == 0


@pytest.mark.parametrize("tag", IN_BOTH)
def test_what_is_shown_holds_nothing_that_could_act(watched: tuple[Watched, NotebookPage], tag: str):
    assert_inert(watched[1], tag)


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)  # see IN_BOTH
@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag not in IN_BOTH])
def test_what_is_shown_elsewhere_holds_nothing_that_could_act(watched: tuple[Watched, NotebookPage], tag: str):
    assert_inert(watched[1], tag)


def test_nothing_has_run_and_nothing_was_fetched_or_commanded(watched: tuple[Watched, NotebookPage]):
    watch, notebook = watched
    cells = notebook.js("return panel.content.widgets.length")
    for tag in SHOWN[notebook.server.front_end.name]:
        notebook.js(OUTPUT + CLICK_ALL, shown_by(notebook, tag))
    settle(watch.page)
    assert watch.flags == []
    assert watch.calls == []
    assert notebook.js("return panel.content.widgets.length") == cells


def test_nothing_runs_when_the_saved_notebook_is_opened_again(watched: tuple[Watched, NotebookPage]):
    watch, notebook = watched
    notebook.save()
    before = len(watch.calls)
    notebook.reload()
    settle(watch.page)
    assert (watch.flags, watch.calls[before:]) == ([], [])


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)  # the file is the same from both
def test_nothing_runs_when_the_saved_notebook_is_exported(browser: Browser, watched: tuple[Watched, NotebookPage]):
    _, notebook = watched
    notebook.save()
    exported = notebook.path.with_suffix(".html")
    subprocess.run(
        [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level=ERROR", str(notebook.path)], check=True, timeout=120
    )
    with contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        other = Watched(page, "file:")
        page.goto(exported.as_uri())
        settle(page)
        assert "Hello live" in page.inner_text("body")
        assert page.locator(".racto-answer").count() > 0
        assert other.flags == []
        assert [url for url in other.calls if "tracker" in url or "evil" in url] == []


def test_the_control_shows_that_the_same_text_as_html_does_all_of_it(notebook: Notebooks):
    source = f"from IPython.display import HTML\nHTML({PAYLOAD!r}.replace('TAG', 'control'))"
    opened = notebook.open([source])
    watch = Watched(opened.page, notebook.server.url)
    opened.run(0)
    settle(opened.page)
    opened.js(OUTPUT + CLICK_ALL, 0)
    settle(opened.page)
    opened.page.wait_for_function(
        "() => [...window.jupyterapp.shell.widgets('main')].some(widget => widget.content?.widgets?.length > 1)"
    )
    ran = {name.removeprefix("X_control_") for name in watch.flags}
    assert {"script", "img", "iframe", "details", "code", "cell", "block"} <= ran, ran
    assert any("tracker.example/control2.png" in url for url in watch.calls)
    assert opened.count(0, "a[href^=javascript]") > 0
    assert json.dumps(opened.outputs(0)).count("commandlinker") > 0
    opened.errors.clear()  # what it fetched was refused, which the browser calls an error
