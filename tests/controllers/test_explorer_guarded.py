"""An explorer, its documents and its pages as they should not be: secrets in texts, links in folders, foreign paths."""

from __future__ import annotations

import time

import pytest
from controllers.recorded_comm import RecordedComm

from racto_nb.exceptions import TemplateError
from racto_nb.notebook.widgets.explorer import RagExplorer
from racto_nb.rag import RactoRAG
from racto_nb.rag.stores import DuckDBStore
from racto_nb.testing import FakeKit

SECRET = "sk-proj-" + "a1b2c3d4" * 5


@pytest.fixture
def explorer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    with RactoRAG(DuckDBStore(), embedder=FakeKit(), llm_kit=FakeKit(["Paris [1]."], repeat_last=True)) as rag:
        rag.ingest_text(f"The key is {SECRET} in France.", "facts.txt")
        shown = RagExplorer(rag)
        shown.comm = RecordedComm()
        yield shown
        shown.close()


def heard(explorer, *buffers, **content):
    explorer._heard(None, content, list(buffers) or None)


def until(condition):
    end = time.monotonic() + 30
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return value


def test_an_answer_that_a_secret_forbids_has_failed_and_the_next_question_can_be_asked(explorer):
    explorer.search("key")
    with pytest.raises(TemplateError, match="OPENAI_API_KEY"):
        explorer.ask()

    until(lambda: explorer.asked["busy"] == [])
    assert (explorer.reply["state"], explorer.reply["warning"]) == ("failed", "no answer has come")
    assert "OPENAI_API_KEY" in until(lambda: explorer.fault)["text"]
    assert explorer.search("France")
