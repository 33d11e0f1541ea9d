"""What TAB offers where a RactoRAG is asked, and where files are read into one."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell
from tab_key import tab

from racto_nb.notebook.magics.option_table import RAG_TABLE
from racto_nb.rag import RactoRAG, field
from racto_nb.rag.stores import InMemoryVectorStore
from racto_nb.testing import FakeKit


class Asked(InMemoryVectorStore):
    """A store that must not be asked by TAB."""

    def count(self) -> int:
        raise AssertionError

    def chunk_ids(self, filters=None) -> list[str]:
        raise AssertionError


@pytest.fixture
def notebook(shell: InteractiveShell, tmp_path, monkeypatch) -> InteractiveShell:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "terms.md").write_text("x")
    rag = RactoRAG(Asked(), FakeKit([]), processors=[])
    shell.user_ns |= {
        "docs": rag,
        "data": rag,
        "_hidden": rag,
        "kit": FakeKit(["x"]),
        "recent": field("year") >= 2020,
        "RactoRAG": RactoRAG,
    }
    return shell


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("r", ["rag"]),
        ("rag ", ["rag data", "rag docs"]),
        ("rag do", ["rag docs"]),
        ("rag docs --to", ["rag docs --top-k"]),
        ("rag docs --hy", ["rag docs --hybrid"]),
        ("rag docs --hybrid --hy", []),
        ("rag docs --mode ", ["rag docs --mode vector", "rag docs --mode hybrid", "rag docs --mode keyword"]),
        ("rag docs --model k", ["rag docs --model kit"]),
        ("rag docs --filter so", ["rag docs --filter source="]),
        ("rag docs --filter re", ["rag docs --filter recent"]),
        ("rag docs -f pa", ["rag docs -f page="]),
        ("rag docs --jso", []),
        ("rag docs --top-k ", []),
        ("--model kit r", []),
    ],
)
def test_a_cell_that_asks_a_rag(notebook: InteractiveShell, line: str, offered: list[str]):
    assert tab(notebook, f"%%racto {line}") == [f"%%racto {text}" for text in offered]


def test_an_empty_word_offers_all_options_of_the_rag(notebook: InteractiveShell):
    assert tab(notebook, "%%racto rag docs ") == [f"%%racto rag docs {flags[-1]}" for flags, _ in RAG_TABLE]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("ra", ["rag"]),
        ("rag ", ["rag explore", "rag ingest", "rag search", "rag data", "rag docs"]),
        ("rag ex", ["rag explore"]),
        ("rag explore ", ["rag explore data", "rag explore docs"]),
        ("rag docs --co", ["rag docs --compare"]),
        ("rag explore docs --compare ve", ["rag explore docs --compare vector"]),
        ("rag in", ["rag ingest"]),
        ("rag ingest do", ["rag ingest docs/"]),
        ("rag ingest docs/", ["rag ingest docs/terms.md"]),
        ("rag ingest docs --in", ["rag ingest docs --into"]),
        ("rag ingest docs --into da", ["rag ingest docs --into data"]),
        ("rag ingest docs --into data --in", []),
        ("rag ingest docs --store do", ["rag ingest docs --store docs/"]),
        ("rag search ", ["rag search data", "rag search docs"]),
        ("rag search docs wh", []),
        ("rag nonsense ", []),
    ],
)
def test_the_line_that_reads_and_searches(notebook: InteractiveShell, line: str, offered: list[str]):
    assert tab(notebook, f"%racto {line}") == [f"%racto {text}" for text in offered]
