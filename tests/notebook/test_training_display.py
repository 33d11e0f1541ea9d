"""Examples and datasets as a notebook shows them: HTML with a text twin, everything escaped."""

from __future__ import annotations

import json

from racto_nb.finetune import (
    FileLink,
    Provenance,
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    TrainingToolCall,
)
from racto_nb.finetune.checking.results import Findings
from racto_nb.finetune.findings import Finding
from racto_nb.notebook.display.checked import findings_bundle
from racto_nb.notebook.display.plots import figure_bundle
from racto_nb.notebook.display.training import LONGEST, MOST, dataset_bundle, example_bundle
from racto_nb.prompts.files import RactoFile

EVIL = "<img src=x onerror=alert(1)>\x1b[2J"


def test_an_example_shows_its_turns_files_calls_tags_and_origin():
    example = RactoTrainingExample(
        (
            RactoTrainingMessage("user", "What is on it?", (RactoFile(b"abc", "image/png", name="a.png"), FileLink("gs://b/c"))),
            RactoTrainingMessage("assistant", "", tool_calls=(TrainingToolCall("look", '{"at": 1}', "c1"),), weight=0),
            RactoTrainingMessage("tool", "a cat", tool_call_id="c1"),
        ),
        tools=(TrainingTool("look"),),
        tags={"label": "animals"},
        provenance=Provenance("ledger", reference="row 4", model="qwen"),
    )
    shown = example_bundle(example)
    for part in ("a.png (image/png, 3 bytes)", "gs://b/c", "calls look(", "answers the call c1", "weight 0", "label: animals"):
        assert part in shown["text/plain"]
        assert part.replace('"', "&quot;") in shown["text/html"]
    assert "from ledger, row 4, qwen" in shown["text/plain"]


def test_a_preference_pair_says_which_answer_is_which():
    example = RactoTrainingExample(
        (RactoTrainingMessage("user", "Hi"),),
        preferred=(RactoTrainingMessage("assistant", "Hello!"),),
        rejected=(RactoTrainingMessage("assistant", "What?"),),
    )
    text = example_bundle(example)["text/plain"]
    assert "assistant · preferred: Hello!" in text
    assert "assistant · rejected: What?" in text
    assert "1 message · 1 preferred, 1 rejected" in text
    assert "Hello!" in dataset_bundle(RactoDataset([example]))["text/plain"]


def test_a_dataset_shows_its_first_examples_and_how_many_there_are():
    shown = dataset_bundle(RactoDataset.from_pairs([(f"question {number}", "answer") for number in range(MOST + 5)]))
    assert "question 9" in shown["text/html"]
    assert "question 10" not in shown["text/html"]
    assert "15 examples · 30 messages · 5 more are not shown" in shown["text/plain"]


def test_an_empty_dataset_says_so():
    assert "no example" in dataset_bundle(RactoDataset())["text/html"]


def test_what_an_example_says_is_escaped_and_cut():
    example = RactoTrainingExample.from_pair(EVIL, "x" * (LONGEST + 50))
    for shown in (example_bundle(example), dataset_bundle(RactoDataset([example]))):
        assert "<img" not in shown["text/html"]
        assert "\x1b" not in shown["text/plain"]
        assert len(shown["text/html"]) < 2 * LONGEST + 20_000


def test_each_finding_of_a_rule_has_its_own_advice():
    found = Findings(
        [Finding("call_pairing", "error", "One.", fix="Do this."), Finding("call_pairing", "error", "Two.", fix="Do that.")]
    )
    html = findings_bundle(found)["text/html"]
    assert "Do this." in html
    assert "Do that." in html


def test_folded_hints_say_how_many_they_are():
    found = Findings([Finding("few", "hint", "One."), Finding("more", "hint", "Two.")])
    assert "hints · 2" in findings_bundle(found)["text/html"]


def test_a_picture_fits_light_and_dark_pages_and_keeps_its_own_colours():
    figure = RactoDataset.from_pairs([("Hi", "Hello")]).token_histogram()
    figure.update_layout(font={"color": "red"})
    looks = figure_bundle(json.loads(figure.to_json()), "")["application/vnd.plotly.v1+json"]["layout"]
    assert looks["template"]["layout"]["paper_bgcolor"] == "rgba(0,0,0,0)"
    assert looks["font"]["color"] == "red"
