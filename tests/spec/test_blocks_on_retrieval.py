"""The documents' own code blocks on retrieval: real files, real readers, chunkers and stores; vectors and answers from a server here."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest
from rag.minimal_pdf import pdf
from spec.originals import Ran, Runner, originals
from spec.table_of_blocks import RETRIEVAL, RUN_HERE

from racto_nb import openai_developer_kit as gpt
from racto_nb.rag import RactoRAG
from racto_nb.rag.chunkers import SemanticChunker
from racto_nb.rag.embedders import OpenAIEmbedder
from racto_nb.rag.stores import InMemoryVectorStore
from racto_nb.testing import FakeProvider

FINDINGS = ["Revenue grew by 22% over last year.", "Customer churn dropped by four points.", "APAC grew fastest of all regions."]
ANSWER = "Revenue grew by 22% [1]."


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the files that the blocks read."""
    monkeypatch.chdir(tmp_path)
    pages = [[f"Page {number} of the report.", *FINDINGS] for number in (1, 2, 3)]
    for name in ("report.pdf", "big_report.pdf"):
        (tmp_path / name).write_bytes(pdf(pages))
    for folder in ("docs", "company_docs"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "policy.pdf").write_bytes(
            pdf([["Refunds are paid within 14 days."], ["Downloads are not refunded."]])
        )
    (tmp_path / "notes.txt").write_text("Notes of the meeting: the budget is fixed.")
    (tmp_path / "page.html").write_text("<html><head><title>News</title></head><body><p>We opened an office.</p></body></html>")
    return tmp_path


@pytest.fixture
def spreadsheet() -> bytes:
    """The smallest file that is a workbook: one sheet of two rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = [("A1", "region"), ("B1", "growth"), ("A2", "APAC"), ("B2", "22%")]
    shown = [f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>' for place, text in cells]
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName='
        '"/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Growth" sheetId="1" r:id="rId1"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData><row r="1">{"".join(shown[:2])}</row>'
        f'<row r="2">{"".join(shown[2:])}</row></sheetData></worksheet>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return written.getvalue()


@pytest.fixture
def rag(run: Runner, library: Path) -> RactoRAG:
    """What the blocks that go on from the quickstart find as `rag`, with a document in it."""
    made = RactoRAG(InMemoryVectorStore(), OpenAIEmbedder(), llm_kit=run.keeps(gpt.Chat()))
    run.keeps(made).ingest("report.pdf")
    run.server.requests.clear()
    return made


def paths(ran: Ran) -> list[str]:
    return [request.path.rpartition("/v1/")[2] for request in ran.requests]


def question(ran: Ran) -> str:
    """All that the last chat was told, system text included."""
    return ran.requests[-1].body.decode()


def test_block_47_a_report_is_ingested_and_asked(run: Runner, library: Path):
    ran = run(47, [ANSWER])
    assert ran.printed == [ANSWER]
    assert paths(ran)[:2] == ["embeddings", "embeddings"]
    assert FINDINGS[0] in question(ran)
    assert "What were the key findings?" in question(ran)
    assert ran["response"].sources[0].chunk.metadata.source == "report.pdf"


def test_block_48_files_folders_and_texts_are_ingested(run: Runner, library: Path, rag: RactoRAG, spreadsheet: bytes):
    (library / "data.xlsx").write_bytes(spreadsheet)
    ran = run(48, rag=rag)
    assert ran.printed[0] == "1"
    assert ran.printed[1].startswith("chunk_id='")
    assert ran["chunks"][0].metadata.source == "api"
    sources = {chunk.metadata.source for chunk in rag.store.get(rag.store.chunk_ids())}
    wanted = {"report.pdf", "notes.txt", "data.xlsx", "page.html", "docs/policy.pdf", "manual-input", "big_report.pdf", "api"}
    assert sources == wanted
    (typed,) = rag.store.get(rag.store.chunk_ids({"category": "test"}))
    assert typed.content == "The quick brown fox jumps over the lazy dog."


def test_block_49_passages_are_found_without_an_answer(run: Runner, rag: RactoRAG):
    ran = run(49, rag=rag)
    assert ran.printed[0].startswith("Rank 1 | Score ")
    assert ran.printed[0].endswith("| Source: report.pdf")
    assert paths(ran) == ["embeddings"]
    assert [result.rank for result in ran["results"]] == list(range(1, len(ran["results"]) + 1))


def test_block_50_an_answer_with_its_sources(run: Runner, rag: RactoRAG):
    ran = run(50, [ANSWER], rag=rag)
    assert ran.printed[0] == ANSWER
    assert ran.printed[1] == "Query  : What is the revenue growth and which region performed best?"
    assert ran.printed[2] == f"Sources: {len(ran['rag_response'].sources)}"
    assert ran.printed[3].startswith("  [1] score=")
    assert FINDINGS[0] in question(ran)
    assert ran.requests[-1].json.get("temperature", 0.0) == 0.0


def test_block_51_all_of_it_is_awaited(run: Runner, rag: RactoRAG):
    ran = run(51, [ANSWER], rag=rag)
    assert ran.printed == [ANSWER]
    assert {chunk.metadata.source for chunk in ran["chunks"]} == {"big_report.pdf"}


def test_block_52_four_ways_to_cut(run: Runner, library: Path):
    ran = run(52, InMemoryVectorStore=InMemoryVectorStore, OpenAIEmbedder=OpenAIEmbedder, RactoRAG=RactoRAG, kit=None)
    assert isinstance(ran["rag"]._parts.chunker, SemanticChunker)
    chunks = ran["rag"].ingest_text("Cats purr. Cats sleep. Rates rise. Rates fall.")
    assert "".join(chunk.content for chunk in chunks) == "Cats purr. Cats sleep. Rates rise. Rates fall."
    assert ran["FixedChunker"](chunk_size=256, overlap=32) is not None


def test_block_53_three_embedders_each_with_its_key(run: Runner):
    ran = run(53)
    assert ran["embedder"].identity.startswith("voyage:voyage-3 ")
    assert ran.requests == []


def test_block_54_eight_stores_are_made_without_a_server(run: Runner, library: Path):
    ran = run(54)
    assert type(ran["store"]).__name__ == "PGVectorStore"
    assert ran["QdrantStore"] is not None


def test_block_55_a_registry_reads_a_file(run: Runner, library: Path):
    ran = run(55)
    assert ran.printed[-1] == "report.pdf"
    assert FINDINGS[0] in "\n".join(ran.printed)


def test_block_56_processors_one_after_the_other(run: Runner, library: Path):
    ran = run(56, InMemoryVectorStore=InMemoryVectorStore, OpenAIEmbedder=OpenAIEmbedder, RactoRAG=RactoRAG, kit=None)
    assert ran["cleaned_text"].rstrip(". …") == "run quickly through the field"
    (chunk,) = ran["rag"].ingest_text("The runners were running.")
    assert chunk.content == "The runners were running."
    assert "run" in chunk.embedded_text.split()


def test_block_57_a_library_of_documents_is_asked(run: Runner, server: FakeProvider, library: Path):
    ran = run(57, ["Within 14 days [1]."])
    assert ran.printed[0] == f"Indexed {ran['rag'].count()} chunks from {len(ran['total_chunks'])} files"
    assert ran.printed[1] == "Within 14 days [1]."
    assert any(line.startswith("  [1] policy.pdf, page ") for line in ran.printed)
    assert "precise document Q&A assistant" in question(ran)
    assert ran.requests[0].json["model"] == "text-embedding-3-large"
    assert ran["total_chunks"].report.summary.startswith("1 file: 1 added.")
    ran["rag"].close()


def test_every_block_on_retrieval_is_run_here():
    """But for the block on a worker that ingests, which is run among those on workers."""
    words = re.compile(r"ractogateway\.rag\b|\brag\.|\bRactoRAG\b")
    about = {number for number, block in originals().items() if words.search(block.code)}
    assert {number for number in about if RUN_HERE[number].concern == RETRIEVAL} == set(range(47, 58))
