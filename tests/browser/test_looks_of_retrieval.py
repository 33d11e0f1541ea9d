"""How passages and answers from them look: every text can be read, nothing sticks out, and a citation leads to its passage."""

from __future__ import annotations

import pytest
from notebook_page import NotebookPage, Scratch
from page_looks import FAINT, LOWEST, TOO_WIDE

SET_UP = """%load_ext racto_nb
from racto_nb.rag import RactoRAG
from racto_nb.rag.stores import InMemoryVectorStore
from racto_nb.testing import FakeKit
rag = RactoRAG(InMemoryVectorStore(), FakeKit([]), processors=[])
rag.ingest_text("Refunds are paid within 30 days of the purchase. A receipt is needed. " + "Electric bicycles are the exception. " * 9, "shop/handbook.md")
rag.ingest_text("Shipping takes two days. averyveryverylongnamethatnoonewouldwritebyhand" * 6, "shop/faq.csv")
rag.ingest_text("A deposit of 200 euros is paid by card.", "shop/rental.md")
kit = FakeKit(["Refunds are paid within **30 days** [1]; see also [7].", "The passages do not contain the answer."])
"""
COMPARED = """from racto_nb.rag.evaluation import compare, evaluate
gold = [{"question": "refunds", "text": "A receipt is needed."}, {"question": "deposit", "text": "A deposit of 200 euros"}]
compare(evaluate(rag, gold, k=1), evaluate(rag, gold, k=1))"""
CELLS = [
    SET_UP,
    "%%racto rag rag --model kit\nHow long do refunds take?",
    "%%racto rag rag --model kit\nWho is the king?",
    'hits = rag.retrieve("refunds paid", top_k=2)\nhits',
    "hits[0].explain()",
    "%racto rag",
    COMPARED,
    "rag.store.get(rag.store.chunk_ids())",
]
SHOWN = range(1, len(CELLS))


@pytest.fixture
def page(scratch: Scratch) -> NotebookPage:
    opened = scratch.open(CELLS)
    opened.run_all()
    return opened


def test_all_of_it_can_be_read_and_stays_in_its_place(page: NotebookPage, theme: str):
    page.show_in(theme)
    page.js("document.querySelectorAll('.racto details').forEach(each => { each.open = true; })")
    page.page.set_viewport_size({"width": 1100, "height": 2600})
    page.shot(f"retrieval-{theme}")
    measured = page.js(FAINT, list(SHOWN))
    assert len(measured) > 40
    assert [text for text in measured if text["contrast"] < LOWEST] == []
    assert [page.js(TOO_WIDE, index) for index in SHOWN] == [[] for _ in SHOWN]


def test_a_click_on_a_citation_leads_to_its_passage(page: NotebookPage):
    page.page.set_viewport_size({"width": 1000, "height": 420})
    link = page.output(1).locator("a").first
    link.scroll_into_view_if_needed()
    passage = page.output(1).locator(link.get_attribute("href") or "none")
    link.click()
    page.until(1, "node.querySelector('.racto-hit').getBoundingClientRect().bottom < window.innerHeight")
    assert passage.locator("mark").inner_text() == "Refunds are paid within 30 days of the purchase."
