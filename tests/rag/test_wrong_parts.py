"""What is given in the wrong kind is refused at once, with a word on what is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rag.small_parts import small_rag

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.evaluation import evaluate
from racto_nb.rag.processors import TextCleaner
from racto_nb.rag.retrieval import RetrievalOptions


@pytest.mark.parametrize(
    "part",
    [{"chunker": "recursive"}, {"processors": TextCleaner()}, {"processors": ["clean"]}, {"reader_registry": "all"}],
    ids=["chunker", "processors", "processor", "reader_registry"],
)
def test_a_part_of_another_kind_is_refused_when_the_pipeline_is_made(part: dict[str, Any]):
    with pytest.raises(WrongTypeError, match=f"^{next(iter(part))} "):
        small_rag(**part)


@pytest.mark.parametrize("given", [None, b"bytes", 3])
def test_what_is_no_text_and_no_path_is_refused(given: Any):
    rag = small_rag()

    with pytest.raises(WrongTypeError, match="question is a text"):
        rag.retrieve(given)
    with pytest.raises(WrongTypeError, match="takes a text"):
        rag.ingest_text(given)
    with pytest.raises(WrongTypeError, match="by its path"):
        rag.ingest(given)


@pytest.mark.parametrize("pattern", ["/etc/*", "", "**x"])
def test_a_pattern_that_no_folder_takes_is_refused(pattern: str, tmp_path: Path):
    with pytest.raises(UsageError, match="pattern names files below the folder"):
        small_rag().ingest_dir(tmp_path, pattern)


def test_a_name_that_begins_as_a_home_does_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "~draft.txt").write_text("one\n")
    monkeypatch.chdir(tmp_path)

    report = small_rag().ingest_dir(".").report

    assert [(file.source, file.outcome) for file in report.files] == [("~draft.txt", "added")]


def test_a_file_that_goes_while_the_folder_is_listed_is_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.txt").write_text("one\n")
    (tmp_path / "b.txt").write_text("two\n")
    rag, is_file = small_rag(), Path.is_file

    def seen_and_gone(path: Path, **how: Any) -> bool:
        there = is_file(path, **how)
        if path.name == "b.txt":
            path.unlink(missing_ok=True)
        return there

    monkeypatch.setattr(Path, "is_file", seen_and_gone)
    with pytest.warns(match="b.txt"):
        report = rag.ingest_dir(tmp_path).report

    assert [file.outcome for file in report.files] == ["added", "failed"]


class Says:
    """A reranker that says what it was told to."""

    def __init__(self, said: Any) -> None:
        self.said = said

    def rerank(self, query: str, passages: Any) -> Any:
        return self.said

    async def arerank(self, query: str, passages: Any) -> Any:
        return self.said


@pytest.mark.parametrize("said", [None, ["high"], [None], 1])
def test_a_reranker_that_gives_no_numbers_is_named(said: Any):
    rag = small_rag()
    rag.ingest_text("one\n")

    with pytest.raises(UsageError, match="Says gave"):
        rag.retrieve("one", options=RetrievalOptions(reranker=Says(said)))


def test_what_is_no_reranker_is_refused_before_a_search():
    with pytest.raises(WrongTypeError, match="rerank and arerank"):
        RetrievalOptions(reranker=len)  # pyright: ignore[reportArgumentType]


def test_places_in_a_gold_frame_are_numbers():
    with pytest.raises(UsageError, match=r"Row 0 .* whole numbers"):
        evaluate(small_rag(), [{"question": "Which?", "source": "a", "start": "here", "end": 3}])
