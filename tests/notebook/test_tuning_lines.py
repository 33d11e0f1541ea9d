"""The lines of a training in a notebook: one display for a run, updated in place, everything escaped."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from racto_nb.finetune.tuning.telling import Teller
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.notebook import progress_bars
from racto_nb.notebook.display import progressing
from racto_nb.notebook.display.tuning import FIRST, MOST, lines_bundle

EVIL = "<script>alert(1)</script>"


class Shown:
    def __init__(self, bundle: dict[str, str]) -> None:
        self.bundles = [bundle]

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.bundles.append(bundle)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    made: list[Shown] = []

    def show(bundle: dict[str, str]) -> Shown:
        made.append(Shown(bundle))
        return made[-1]

    monkeypatch.setattr(progressing, "show_updatable", show)
    return made


@pytest.fixture(params=["live", "static", "off"])
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    log = logging.getLogger("racto_nb.finetune.progress")
    handler = progress_bars.ProgressBars(lambda: request.param)
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    yield request.param
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)
    log.propagate = True


def test_each_run_has_one_display_that_is_updated(mode, shown, capsys):
    first, second = Teller("OpenAIFineTuner", verbose=True), Teller("GeminiFineTuner", verbose=True)
    for teller, line in ((first, "one"), (second, "two"), (first, EVIL)):
        SyncDriver().run(teller.say(line))
    first.ended = True
    SyncDriver().run(first.say("Done!"))
    assert capsys.readouterr().err == ""
    if mode == "off":
        assert shown == []
        return
    assert [len(each.bundles) for each in shown] == ([3, 1] if mode == "live" else [1])
    last = shown[0].bundles[-1]
    assert last["text/plain"].splitlines()[0] == "[OpenAIFineTuner] one"
    assert "Done!" in last["text/html"]
    assert EVIL not in last["text/html"]


def test_of_very_many_lines_the_first_and_the_last_are_shown():
    told = [f"line {number}" for number in range(MOST + 5)]
    shown = lines_bundle(told)["text/plain"].splitlines()
    assert shown == [*told[:FIRST], "… 5 lines …", *told[FIRST + 5 :]]
    assert lines_bundle(told[:MOST])["text/plain"].splitlines() == told[:MOST]


def test_a_message_of_a_provider_cannot_steer_a_terminal():
    assert "\x1b" not in lines_bundle(["loss\x1b[2J"])["text/plain"]
