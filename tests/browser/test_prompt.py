"""A prompt builder in a real front end, used as a person would: typed, clicked, by keys alone, reloaded, left without a kernel."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = (
    "%load_ext racto_nb\nfrom pydantic import BaseModel\nfrom racto_nb.testing import FakeKit, FakeReply\n"
    f"probe = {PROBE!r}\n"
    "class Movie(BaseModel):\n    title: str\n    year: int\n"
    "def words(count, delay=0.02): return FakeReply(tuple(f'word{n} ' for n in range(count)), delay=delay)\n"
    "one = FakeKit(['A red fox.', 'A grey fox.', words(5000), probe], repeat_last=True)\n"
    "other = FakeKit([words(30), probe], model='other', repeat_last=True)"
)
CELLS = [
    LOAD,
    "%racto prompt --model one --model other",
    "print(builder.prompt.role, builder.prompt.constraints, builder.prompt.tone, sep='|')",
    "print(builder.prompt.output_model.model_json_schema()['properties'])",
    "print([each.text[:9] for each in builder.answers.values()], builder.busy, list(builder.versions))",
]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    return page


def test_a_prompt_is_written_by_keys_alone_and_python_has_it(opened: NotebookPage):
    built, keys = widget(opened, 1), opened.page.keyboard
    built.get_by_role("textbox", name="Role").focus()
    for text in ("You are a zoologist.", "Name the animal in {{user_input}}."):
        keys.type(text)
        keys.press("Tab")
    for rule in ("At most 5 words.", "At least 9 words."):
        keys.type(rule)
        keys.press("Enter")
    opened.until(1, "node.querySelectorAll('.racto-s-constraints .racto-rows li').length === 2")
    built.get_by_role("textbox", name="Tone").focus()
    keys.type("Terse")
    opened.until(1, "node.innerText.includes('contradict each other') && node.innerText.includes('can give orders')")
    opened.until(1, "node.querySelector('.racto-section.racto-s-tone pre')?.innerText.includes('Terse')")
    opened.until(1, "/\\d to [\\d,]+/.test(node.querySelector('.racto-prices')?.innerText)")

    assert opened.run(2).strip() == "You are a zoologist.|['At most 5 words.', 'At least 9 words.']|Terse"
    assert "- At least 9 words." in built.locator(".racto-section.racto-s-constraints pre").inner_text()


def test_it_is_tried_on_two_models_stopped_and_tried_without_a_part(opened: NotebookPage):
    built = widget(opened, 1)
    question = built.get_by_label("Question to try")
    question.fill("Red, with a tail?")
    question.press("Enter")
    opened.until(1, "node.innerText.includes('A red fox.') && node.innerText.includes('word29')")
    opened.until(1, "!node.querySelector('[aria-busy=true]')")
    built.get_by_role("button", name="tone", exact=True).first.click()
    opened.until(1, "node.querySelector('.racto-change ins')?.textContent === 'grey'")
    built.get_by_role("button", name="role", exact=True).first.click()
    opened.until(1, "node.querySelectorAll('.racto-change').length === 2")
    built.get_by_role("button", name="Stop", exact=True).click()
    opened.until(1, "node.querySelector('.racto-run tbody').innerText.includes('stopped')")

    assert opened.run(4).strip().startswith("['A red fox', 'word0 wor', 'A grey fo', 'word0 wor'] False ['v1']")


def test_fields_make_a_class_and_a_version_is_restored(opened: NotebookPage):
    built = widget(opened, 1)
    built.get_by_role("combobox", name="Output").select_option("fields")
    built.get_by_label("Field 1: name").fill("animal")
    built.get_by_label("Field 1: kind").select_option("list of texts")
    opened.until(1, "node.querySelector('.racto-section.racto-s-output pre').innerText.includes('animal')")

    assert opened.run(3).strip() == "{'animal': {'items': {'type': 'string'}, 'title': 'Animal', 'type': 'array'}}"

    built.get_by_role("tab", name="Versions").click()
    opened.until(1, "[...node.querySelectorAll('.racto-diff ins')].some((line) => line.innerText.includes('JSON Schema'))")
    built.get_by_role("button", name="Restore").first.click()
    opened.until(1, "node.querySelector('.racto-section.racto-s-output pre').innerText.includes('plain text')")
    built.get_by_role("tab", name="Python").click()
    opened.until(1, "node.querySelector('pre code').innerText.includes('output_format=\"text\"')")


def test_nothing_hostile_runs_and_nobody_is_shut_out(opened: NotebookPage):
    built = widget(opened, 1)
    for label in ("Role", "Aim", "Tone", "Context"):
        built.get_by_role("textbox", name=label, exact=True).fill(PROBE)
    constraints = built.locator(".racto-s-constraints .racto-rows li")
    before = constraints.count()
    built.get_by_label("One more constraint").fill(PROBE)
    built.get_by_label("One more constraint").press("Enter")
    constraints.nth(before).wait_for()  # its row moves all below it: a click that comes meanwhile hits something else
    built.get_by_role("tab", name="Try").click()
    built.get_by_label("Question to try").fill(PROBE)
    built.get_by_label("Question to try").press("Enter")
    answered = "[...node.querySelectorAll('[data-key=done]')].filter((each) => each.innerText.includes('mxss')).length === 2"
    opened.until(1, answered)  # an earlier trial has two answers as well, and stands here until this one begins
    built.get_by_role("button", name="each of them").first.click()
    opened.until(1, "node.querySelectorAll('.racto-change').length === 5 && !node.innerText.includes('writing …')")
    for theme in ("light", "dark"):
        opened.show_in(theme)
        for tab in ("Versions", "Python", "Try"):
            built.get_by_role("tab", name=tab).click()
            opened.until(1, f"node.querySelector('[role=tabpanel]').id.endsWith('-panel-{tab.lower()}')")
            assert serious(opened, 1) == []
        opened.shot(f"prompt-{theme}", cell=1)

    assert ran(opened) is None


def test_it_outlives_a_reload_and_stays_readable_without_a_kernel(opened: NotebookPage):
    opened.page.wait_for_timeout(1500)  # until the twin is up to date
    opened.save()
    opened.reload_widget(1)
    opened.until(1, "node.querySelectorAll('.racto-widget .racto-run').length === 2")
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('At least 9 words.') && !node.querySelector('.racto-widget')")
    opened.errors.clear()  # the front end says that the kernel's model is gone
