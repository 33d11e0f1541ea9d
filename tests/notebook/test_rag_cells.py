"""`%%racto rag NAME`: what is asked, what is shown, what is kept."""

from __future__ import annotations

import pickle
from itertools import islice
from typing import Any

import pytest
from in_process_notebook import Notebook

from racto_nb.exceptions import (
    AnswerError,
    BudgetExceededError,
    MissingExtraError,
    RactoGatewayAuthError,
    TemplateError,
    UsageError,
)
from racto_nb.models.response import FinishReason
from racto_nb.notebook.magics.failing import Interrupted
from racto_nb.rag import RactoRAG
from racto_nb.rag.passages import NOT_IN_CONTEXT
from racto_nb.rag.stores import InMemoryVectorStore
from racto_nb.testing import FakeKit, FakeReply

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"
QUESTION = "How long do refunds take?"


@pytest.fixture
def notebook(notebook: Notebook) -> Notebook:
    rag = RactoRAG(InMemoryVectorStore(), FakeKit([]), processors=[])
    rag.ingest_text("Refunds take 30 days. Keep the receipt.", "terms.md", year=2024)
    rag.ingest_text("Shipping takes two days.", "faq.md", year=2020)
    notebook["rag"] = rag
    return notebook


def ask(notebook: Notebook, line: str, *replies: Any, body: str = QUESTION, **kit: Any) -> BaseException | None:
    notebook["kit"] = FakeKit(list(replies) or ["They take 30 days [1]."], **kit)
    return notebook.run(f"%%racto rag rag --model kit {line}\n{body}")


def sent(notebook: Notebook) -> dict[str, str]:
    (call,) = notebook["kit"].calls
    return {message["role"]: message["content"] for message in call["messages"]}


def test_an_answer_is_shown_with_the_passages_that_it_names(notebook: Notebook):
    assert ask(notebook, "") is None
    (shown,) = notebook.shown
    assert 'take 30 days <a href="#racto-' in shown["text/html"]
    assert "<b>[1] terms.md</b>" in shown["text/html"]
    assert "<mark>Refunds take 30 days.</mark> Keep the receipt." in shown["text/html"]
    assert "<summary>1 passage read and not named</summary>" in shown["text/html"]
    assert "[1] terms.md" in shown["text/plain"]
    assert "“Refunds take 30 days.”" in shown["text/plain"]
    assert shown["text/plain"].count("They take 30 days [1].") == 1


def test_each_link_leads_to_one_passage_of_this_answer(notebook: Notebook):
    ask(notebook, "", "They take 30 days [1] [2], [1].")
    html = notebook.shown[0]["text/html"]
    anchors = [part.partition('"')[0] for part in html.split('href="#')[1:]]
    assert len(set(anchors)) == 2
    assert all(html.count(f'id="{anchor}"') == 1 for anchor in anchors)


def test_the_result_is_kept_with_all_that_is_known(notebook: Notebook):
    ask(notebook, "--into answer")
    result = notebook["answer"]
    assert result is notebook["_racto"]
    assert result.rag.outcome == "answered"
    assert [hit.chunk.metadata.source for hit in result.rag.sources] == ["terms.md", "faq.md"]
    assert result.prompt_text.endswith(sent(notebook)["user"])
    notebook.ok("%racto last")
    assert notebook.text.startswith("They take 30 days [1].")
    assert pickle.loads(pickle.dumps(result)).rag.answered


def test_the_body_may_hold_expressions_and_is_data_in_the_message(notebook: Notebook):
    notebook["what"] = "{context} refunds"
    ask(notebook, "", body="How long do {{what}} take?")
    assert sent(notebook)["user"].endswith("Question: How long do {context} refunds take?")
    assert "Refunds take 30 days." not in sent(notebook)["system"]


def test_filters_and_a_number_choose_the_passages(notebook: Notebook):
    ask(notebook, "--filter year<2022 --filter source!=x.md")
    assert [hit.chunk.metadata.source for hit in notebook["_racto"].rag.sources] == ["faq.md"]
    notebook["recent"] = {"year": 2024}
    ask(notebook, "--filter recent")
    assert [hit.chunk.metadata.source for hit in notebook["_racto"].rag.sources] == ["terms.md"]
    ask(notebook, "--top-k 1")
    assert len(notebook["_racto"].rag.sources) == 1


@pytest.mark.parametrize(
    ("line", "stages"), [("--mode vector", {"vector"}), ("--mode keyword", {"bm25"}), ("--hybrid", {"vector", "bm25", "fused"})]
)
def test_a_search_is_chosen(notebook: Notebook, line: str, stages: set[str]):
    ask(notebook, line)
    assert set(notebook["_racto"].rag.sources[0].parts) == stages


def test_what_is_not_in_the_context_is_no_answer(notebook: Notebook):
    assert ask(notebook, "", NOT_IN_CONTEXT) is None
    assert notebook["_racto"].rag.outcome == "not_in_context"
    assert notebook.text.startswith("Not in the context: none of the 2 passages that were read holds the answer.")
    assert NOT_IN_CONTEXT not in notebook.shown[0]["text/html"]


def test_nobody_is_asked_where_nothing_is_found(notebook: Notebook):
    assert ask(notebook, "--filter year=1900") is None
    assert notebook["kit"].calls == []
    assert notebook.text.startswith("Not in the context: no passage fits")
    assert notebook.text.endswith("— fake:fake-model · not sent")
    assert notebook["_racto"].rag.sources == []


def test_an_answer_without_citations_says_so(notebook: Notebook):
    ask(notebook, "", "They take 30 days, see [7].")
    assert "names none of its passages" in notebook.text
    assert "[7] in the answer names no passage." in notebook.text


def test_what_documents_and_models_write_is_cleaned(notebook: Notebook):
    notebook["rag"].ingest_text(f"{EVIL} refunds", EVIL)
    ask(notebook, "--filter source~script", f"{EVIL} [1] [x](#here) [1]: http://a.b")
    html = notebook.shown[0]["text/html"]
    assert not any(bad in html for bad in ("<script", "<img", 'href="#here"'))


def test_a_dry_run_shows_the_hits_and_the_exact_message(notebook: Notebook):
    assert ask(notebook, "--dry-run") is None
    hits, prompt = notebook.shown
    assert hits["text/plain"].endswith("— 2 hits")
    assert notebook["kit"].calls == []
    ask(notebook, "")
    assert prompt["text/plain"].startswith(notebook["_racto"].prompt_text)


def test_a_dry_run_needs_no_key(notebook: Notebook, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    notebook.ok(f"%%racto rag rag --model openai:gpt-6-luna --dry-run\n{QUESTION}")
    assert "openai:gpt-6-luna · not sent" in notebook.text
    error = notebook.failed(f"%%racto rag rag --model openai:gpt-6-luna\n{QUESTION}")
    assert isinstance(error, RactoGatewayAuthError | MissingExtraError)


def test_the_kit_of_the_rag_answers_unless_another_is_named(notebook: Notebook):
    own, other = FakeKit(["mine [1]."], repeat_last=True), FakeKit(["other [1]."], repeat_last=True)
    notebook["kits"] = RactoRAG(notebook["rag"].store, FakeKit([]), processors=[], llm_kit=own)
    notebook["other"] = other
    for line, text in (("", "mine [1]."), ("--model other", "other [1].")):
        notebook.ok(f"%%racto rag kits {line}\n{QUESTION}")
        assert notebook["_racto"].text == text
    notebook.ok("%racto use other")
    notebook.ok(f"%%racto rag rag\n{QUESTION}")
    assert notebook["_racto"].text == "other [1]."


def test_prompt_and_template_of_the_rag_are_used(notebook: Notebook):
    template = "Read: {context}\nAsked: {question}"
    notebook["rag"] = RactoRAG(notebook["rag"].store, FakeKit([]), processors=[], context_template=template)
    ask(notebook, "")
    assert sent(notebook)["user"].startswith("Read: ")
    assert sent(notebook)["user"].endswith(f"Asked: {QUESTION}")


def test_a_secret_is_told_to_nobody(notebook: Notebook, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-8fJ2kLm9QpRsTuVwXyZ")
    notebook["rag"].ingest_text("The refunds key is sk-secret-8fJ2kLm9QpRsTuVwXyZ.", "keys.md")
    error = ask(notebook, "--filter source=keys.md")
    assert isinstance(error, TemplateError)
    assert "What was found contains the value of the environment variable OPENAI_API_KEY" in str(error)
    assert notebook["kit"].calls == []


@pytest.mark.parametrize(
    ("line", "body", "says"),
    [
        ("", QUESTION, "Say what to ask: %%racto rag NAME. There is rag."),
        ("--top-k 2", QUESTION, "Say what to ask"),
        ("rga", QUESTION, "Did you mean 'rag'"),
        ("number", QUESTION, "'number' is a int, not a RactoRAG. There is rag."),
        ("rag --topk 3", QUESTION, "Did you mean '--top-k'"),
        ("rag --filter two words", QUESTION, "belongs to no option"),
        ("rag --filter year=", QUESTION, "a value is missing"),
        ("rag --into rag", QUESTION, "--into rag would overwrite"),
        ("rag", " ", "The cell is empty"),
    ],
)
def test_what_cannot_be_meant_is_one_line(notebook: Notebook, line: str, body: str, says: str):
    notebook["number"] = 5
    error = notebook.failed(f"%%racto rag {line}\n{body}")
    assert isinstance(error, UsageError)
    assert says in str(error)
    assert len(error._render_traceback_()) == 1


def test_without_any_rag_it_says_how_to_make_one(notebook: Notebook):
    del notebook.shell.user_ns["rag"]
    assert "%racto rag ingest FOLDER makes one" in str(notebook.failed(f"%%racto rag\n{QUESTION}"))


def test_an_answer_that_was_cut_fails_the_cell_and_is_kept(notebook: Notebook):
    error = ask(notebook, "", FakeReply("They take", finish_reason=FinishReason.LENGTH))
    assert isinstance(error, AnswerError)
    assert notebook["_racto"].text == "They take"
    assert not notebook["_racto"].complete


def test_an_answer_that_may_cost_too_much_is_not_asked_for(notebook: Notebook):
    assert isinstance(ask(notebook, "--max-cost 0"), BudgetExceededError | UsageError)
    assert notebook["kit"].calls == []


def test_a_stop_keeps_what_had_arrived(notebook: Notebook):
    class Stopped(FakeKit):
        def stream(self, config):
            yield from islice(super().stream(config), 2)
            raise KeyboardInterrupt

    notebook["kit"] = Stopped([FakeReply.of("They take 30 days [1].")])
    assert isinstance(notebook.run(f"%%racto rag rag --model kit\n{QUESTION}"), Interrupted)
    assert notebook["_racto"].text == "They take"


@pytest.mark.parametrize("line", ["--no-stream", "--quiet"])
def test_it_is_shown_as_other_cells_are(notebook: Notebook, line: str):
    ask(notebook, line)
    assert len(notebook.shown) == (0 if line == "--quiet" else 1)
    assert notebook["_racto"].rag.outcome == "answered"
