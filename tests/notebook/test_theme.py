"""The style sheet speaks of the classes that the cleaner lets through, and of nothing from elsewhere."""

import re

import pytest
from pygments.token import STANDARD_TYPES

from racto_nb.notebook.display.sanitising import CLASS_PREFIX, safe_html
from racto_nb.notebook.display.theme import STYLE, page

CLASSES = {CLASS_PREFIX + name for name in STANDARD_TYPES.values() if name}
CODE = '```python\n# why\ndef f(x: int) -> str:\n    return "a" if x else str(1)\n```'


def test_every_class_that_is_coloured_is_one_that_pygments_writes():
    exact = set(re.findall(rf"\.({CLASS_PREFIX}\w+)", STYLE))
    beginnings = re.findall(rf"\[class\^={CLASS_PREFIX}(\w+)\]", STYLE)

    assert exact
    assert exact <= CLASSES
    assert [start for start in beginnings if not any(name.startswith(CLASS_PREFIX + start) for name in CLASSES)] == []


@pytest.mark.parametrize("token", ["k", "s", "c", "m", "nf", "nc", "nb"])
def test_what_matters_in_code_has_a_colour(token):
    assert re.search(rf"(\.{CLASS_PREFIX}|class\^={CLASS_PREFIX}){token}\b", STYLE)


def test_the_classes_of_code_survive_the_cleaner():
    kept = set(re.findall(r'class="([^"]*)"', safe_html(CODE)))

    assert {f"{CLASS_PREFIX}nf", f"{CLASS_PREFIX}k"} <= kept
    assert kept <= CLASSES


def test_the_style_sheet_fetches_nothing_and_reaches_nothing_outside_an_answer():
    assert not re.search(r"url\(|@import|expression\(", STYLE)
    selectors = [part.strip() for rule in re.findall(r"([^{}]+)\{", STYLE.removeprefix("<style>")) for part in rule.split(",")]
    assert [selector for selector in selectors if not selector.startswith(".racto")] == []


def test_both_texts_below_an_answer_are_escaped():
    html = page("", "<img src=x>", warning="<script>")

    assert "&lt;img src=x&gt;" in html
    assert "&lt;script&gt;" in html


def test_the_reason_of_what_is_wrong_is_as_red_and_not_as_bold():
    html = page("", "model", warning="no answer: HTTP 400: no <credit>")

    assert "<b>no answer: <span>HTTP 400: no &lt;credit&gt;</span></b> · model" in html
    assert "<b>interrupted</b> · model" in page("", "model", warning="interrupted")
