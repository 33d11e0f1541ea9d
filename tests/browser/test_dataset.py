"""The editor of training data in a real front end: read, edited, searched, saved, reloaded, left without a kernel."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Notebooks
from widget_page import PROBE, ran, serious, widget

LOAD = (
    "%load_ext racto_nb\nfrom racto_nb import RactoDataset, RactoTrainingExample\nfrom pathlib import Path\n"
    f"probe = {PROBE!r}\n"
    "train = RactoDataset.from_pairs([(f'What is {n} plus {n}?', f'It is {2 * n}.') for n in range(5000)], system='Be brief.')\n"
    "train.replace(7, RactoTrainingExample.from_conversation([('human', probe), ('assistant', probe)]).tagged({probe: probe}))\n"
    "held = RactoDataset.from_pairs([('what is 40 plus 40', 'It is 80.'), ('Something else?', 'Yes.')])\n"
    "path = train.export_jsonl('edited.jsonl', 'racto', overwrite=True)\n"
    "Path('.edited.jsonl.edits').unlink(missing_ok=True)"
)
CELLS = [
    LOAD,
    "%racto dataset edit train --path edited.jsonl --validation held --who Ann",
    "print(editor.place, editor.selected.messages[-1].content, editor.unsaved, len(editor.data), editor.data.history[-1].who)",
    "print(len(editor.shown), editor.findings.errors[0].example, RactoDataset.from_jsonl(path, 'racto') == editor.data)",
    "%load_ext racto_nb\nfrom racto_nb import RactoDataset\ntrain = RactoDataset.from_jsonl('edited.jsonl', 'racto')",
    "%racto dataset edit train --path edited.jsonl",
]


@pytest.fixture(scope="module")
def opened(notebooks: Notebooks) -> NotebookPage:
    page = notebooks.open(CELLS)
    page.run(0)
    page.run(1)
    return page


def row(page: NotebookPage, number: int, cell: int = 1):
    return widget(page, cell).locator(f".racto-grid-row[aria-rowindex='{number + 2}']")


def test_an_example_is_opened_by_keys_and_its_answer_is_edited(opened: NotebookPage):
    grid = widget(opened, 1).get_by_role("grid")
    opened.until(1, "node.innerText.includes('It is 4.')")
    grid.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        grid.press(key)
    answer = widget(opened, 1).get_by_label("Text of turn 2, assistant")
    answer.wait_for()
    answer.fill("Six, I believe.")
    answer.press("Tab")
    opened.until(1, "node.innerText.includes('last: rewrite turn 2') && node.innerText.includes('Six, I believe.')")

    assert opened.run(2).strip() == "3 Six, I believe. 1 5000 Ann"

    grid.focus()
    grid.press("End")
    opened.until(1, "node.innerText.includes('What is 4999 plus 4999?')")
    grid.press("Control+z")
    opened.until(1, "node.innerText.includes('no edits')")
    widget(opened, 1).get_by_role("button", name="Redo").click()
    opened.until(1, "node.innerText.includes('last: rewrite turn 2')")


def test_turns_are_split_moved_and_removed_and_a_pair_is_made(opened: NotebookPage):
    shown = widget(opened, 1)
    asked = shown.get_by_label("Text of turn 1, user")
    asked.evaluate("(field) => field.setSelectionRange(8, 8)")
    shown.get_by_role("button", name="Split at cursor").nth(1).click()
    opened.until(1, "node.querySelectorAll('.racto-turn').length === 4")
    assert shown.get_by_label("Text of turn 2, assistant").input_value() == "3 plus 3?"

    remove = shown.get_by_role("group", name="Turn 2").get_by_role("button", name="Remove")
    remove.click()
    shown.get_by_role("group", name="Turn 2").get_by_role("button", name="Really remove?").click()
    opened.until(1, "node.querySelectorAll('.racto-turn').length === 3")
    shown.get_by_role("button", name="Make a pair").click()
    opened.until(1, "node.querySelectorAll('.racto-rejected').length === 1")
    shown.get_by_label("Text of turn 3, assistant").fill("Go away.")
    shown.get_by_role("button", name="Swap preferred and rejected").click()
    opened.until(1, "node.innerText.includes('last: swap the pair')")
    shown.get_by_role("button", name="Keep the rejected").click()
    opened.until(1, "node.querySelectorAll('.racto-rejected').length === 0")

    assert opened.run(2).strip().startswith("3 Six, I believe. ")


def test_checks_leaks_search_and_saving_with_hostile_texts_that_run_nothing(opened: NotebookPage):
    shown = widget(opened, 1)
    shown.get_by_role("button", name="Check all").click()
    opened.until(1, "node.innerText.includes('unknown role')")
    shown.get_by_role("button", name="#7", exact=True).first.click()
    opened.until(1, "node.querySelector('h3')?.innerText === 'Example 7'")
    assert ran(opened) is None
    for theme in ("light", "dark"):
        opened.show_in(theme)
        opened.shot(f"dataset-{theme}", cell=1)
        assert serious(opened, 1) == []
    shown.get_by_role("tab", name="Train / validation").click()
    shown.get_by_role("button", name="Look for leaks").click()
    shown.get_by_role("button", name="validation 0").click()
    opened.until(1, "node.innerText.includes('Training 40')")
    shown.get_by_label("Search").fill("plus 77")
    opened.until(1, "node.innerText.includes('11 of 5,000 examples')")
    shown.get_by_role("tab", name="Findings").click()
    shown.get_by_label("Provider whose rules are asked").select_option("racto")
    shown.get_by_role("tab", name="Save and export").click()
    shown.get_by_role("button", name="Save to edited.jsonl").click()
    shown.get_by_role("button", name="Really overwrite?").click()
    opened.until(1, "node.innerText.includes('has all edits')")

    assert opened.run(3).strip() == "11 7 True"


def test_edits_outlive_the_kernel_and_the_twin_needs_none(opened: NotebookPage):
    widget(opened, 1).get_by_label("Text of turn 1, assistant").fill("Said before the kernel died.")
    widget(opened, 1).get_by_label("Text of turn 1, assistant").press("Tab")
    opened.until(1, "node.innerText.includes('1 not in edited.jsonl yet')")
    opened.page.wait_for_timeout(1500)  # until the twin is up to date
    opened.save()
    opened.reload_widget(1)
    opened.until(1, "node.querySelector('h3')?.innerText === 'Example 7'")
    opened.restart()
    opened.reload()
    opened.until(1, "node.innerText.includes('What is 2 plus 2?') && !node.querySelector('.racto-widget')")
    opened.run(4)
    opened.run(5)
    opened.until(5, "node.innerText.includes('1 edit of an earlier session was made again')")
    row(opened, 7, cell=5).click()
    opened.until(5, "[...node.querySelectorAll('textarea')].some((field) => field.value === 'Said before the kernel died.')")
    opened.errors.clear()  # the front end said that the first kernel's model is gone
