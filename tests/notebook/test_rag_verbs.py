"""`%racto rag`: files into a RactoRAG of the notebook, and a look into it."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook

from racto_nb.exceptions import MissingFileError, UnsupportedFileError, UsageError
from racto_nb.rag import RactoRAG
from racto_nb.rag.embedders import BaseEmbedder
from racto_nb.rag.stores import DuckDBStore, InMemoryVectorStore


class Letters(BaseEmbedder):
    """Counts letters: no model is needed."""

    @property
    def identity(self) -> str:
        return "letters"

    def embed(self, texts: list[str]) -> list[list[float]]:
        return [[1.0 + text.count(letter) for letter in "aeiou"] for text in texts]

    async def aembed(self, texts: list[str]) -> list[list[float]]:
        return self.embed(texts)

    @property
    def dimension(self) -> int:
        return 5


@pytest.fixture
def notebook(notebook: Notebook, tmp_path, monkeypatch) -> Notebook:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "terms.md").write_text("# Terms\n\nRefunds are given within 30 days.\n")
    (folder / "faq.txt").write_text("Shipping takes two days.")
    (folder / "data.bin").write_bytes(b"\0\1")
    notebook["rag"] = RactoRAG(InMemoryVectorStore(), Letters(), processors=[])
    return notebook


def test_a_folder_is_ingested_with_a_report(notebook: Notebook):
    notebook.ok("%racto rag ingest docs")
    assert notebook["rag"].count() == 2
    assert "docs/terms.md  1       1            added" in notebook.text
    assert "skipped  no reader for .bin" in notebook.text
    assert notebook.text.endswith("3 files: 2 added, 1 skipped. 2 chunks, 2 texts embedded.")
    notebook.ok("%racto rag ingest docs --pattern *.md")
    assert notebook.text.endswith("1 file: 1 unchanged. 1 chunks, 0 texts embedded.")


def test_one_file_is_ingested(notebook: Notebook):
    notebook.ok("%racto rag ingest docs/terms.md")
    assert [chunk.metadata.source for chunk in notebook["rag"].store.get(notebook["rag"].store.chunk_ids())] == ["docs/terms.md"]
    assert isinstance(notebook.failed("%racto rag ingest docs/data.bin"), UnsupportedFileError)


def test_what_is_not_there_yet_is_made_and_kept_in_a_folder(notebook: Notebook, monkeypatch):
    monkeypatch.setattr("racto_nb.rag.embedders.named.EmbeddedEmbedder", Letters)
    notebook.ok("%racto rag ingest docs --into books --store kept")
    made = notebook["books"]
    assert isinstance(made.store, DuckDBStore)
    assert (made.count(), notebook["rag"].count()) == (2, 0)
    made.close()
    with DuckDBStore("kept") as again:
        assert again.count() == 2


@pytest.mark.parametrize(
    ("line", "kind", "says"),
    [
        ("ingest", UsageError, "Say which file or folder"),
        ("ingest --into a", UsageError, "Say which file or folder"),
        ("ingest nowhere", MissingFileError, "nowhere"),
        ("ingest docs --patern x", UsageError, "Did you mean '--pattern'"),
        ("ingest docs --into 1a", UsageError, "--into needs the name of a variable"),
        ("ingest docs --into number", UsageError, "'number' is a int, not a RactoRAG"),
        ("ingest docs --store kept", UsageError, "has a store already"),
        ("ingest docs/faq.txt --pattern x", UsageError, "--pattern chooses files of a folder"),
        ("ingets docs", UsageError, "Did you mean 'ingest'"),
        ("search", UsageError, "There is rag"),
        ("search rag", UsageError, "A question is missing"),
        ("search rga refunds", UsageError, "Did you mean 'rag'"),
    ],
)
def test_what_cannot_be_meant_is_one_line(notebook: Notebook, line: str, kind: type, says: str):
    notebook["number"] = 5
    error = notebook.failed(f"%racto rag {line}")
    assert isinstance(error, kind)
    assert says in str(error)
    assert len(error._render_traceback_()) == 1


def test_a_list_says_what_each_of_them_holds(notebook: Notebook):
    notebook.ok("%racto rag ingest docs")
    notebook.ok("%racto rag")
    assert notebook.text.splitlines()[1].split()[:3] == ["rag", "2", "2"]
    del notebook.shell.user_ns["rag"]
    notebook.ok("%racto rag")
    assert "There is no RactoRAG here yet. %racto rag ingest FOLDER makes one" in notebook.text


def test_a_search_shows_hits_without_a_model(notebook: Notebook):
    notebook.ok("%racto rag ingest docs")
    notebook.ok('%racto rag search rag "How long do refunds take?"')
    assert notebook.text.count("docs/") == 2
    assert notebook.text.endswith("— 2 hits")
