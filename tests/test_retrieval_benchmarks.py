"""The benchmarks of chunkers and of what is found: they run, and a missed goal fails."""

from types import ModuleType

import pytest
from test_benchmarks import BENCHMARKS, loaded

from racto_nb.rag import Document
from racto_nb.rag.chunkers import FixedChunker, RecursiveChunker
from racto_nb.rag.embedders import BaseEmbedder


@pytest.fixture(autouse=True)
def _beside_the_benchmarks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.mark.parametrize(("growth", "code"), [(0.0, 1), (1e6, 0)])
def test_the_benchmark_of_chunkers_tells_whether_a_goal_was_missed(growth, code, capsys):
    module = loaded("chunking")
    module.ROUNDS, module.SIZE, module.LONG, module.GOAL, module.GROWTH = 1, 20_000, 40_000, 0.0, growth

    assert module.main() == code
    told = capsys.readouterr().out
    assert told.count("ours, chunk()") == 2
    assert told.count("missed") == (7 if code else 0)


class ByLetters(BaseEmbedder):
    dimension = 26

    def embed(self, texts):
        return [[text.lower().count(letter) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]

    async def aembed(self, texts):
        return self.embed(texts)


@pytest.fixture
def quality(tmp_path, monkeypatch) -> ModuleType:
    module = loaded("retrieval_quality")
    text = " ".join(f"Sentence {number} is about {'xyz'[number % 3] * 9}." for number in range(200))
    module.SHARED, module.EmbeddedEmbedder = tmp_path, ByLetters
    module.documents = lambda: [Document(content=text, source="made")]
    module.gold = lambda: [
        {"question": f"xxxxxxxxx {number}", "source": "made", "start": number * 30, "end": number * 30 + 40}
        for number in range(1, 20)
    ]
    return module


@pytest.mark.parametrize(("default", "code"), [("Recursive 512/50", 0), ("Fixed 5/0", 1)])
def test_the_benchmark_of_quality_says_whether_another_way_is_better(quality, default, code, capsys):
    quality.chunkers = lambda embedder: {"Recursive 512/50": RecursiveChunker(), "Fixed 5/0": FixedChunker(5, 0)}
    quality.DEFAULT = (default, "vector")

    assert quality.main() == code
    told = capsys.readouterr().out
    assert told.count("\nRecursive 512/50") == told.count("\nFixed 5/0") == 3
    assert told.count("  default") == 1
    assert "19 questions" in told


def test_without_the_texts_nothing_is_measured_and_that_is_no_success(quality, capsys):
    quality.SHARED = None

    assert quality.main() == 1
    assert "not measured" in capsys.readouterr().out


def test_every_chunker_of_ours_is_measured(quality):
    assert {type(chunker).__name__ for chunker in quality.chunkers(ByLetters()).values()} >= {
        "RecursiveChunker", "FixedChunker", "SentenceChunker", "TokenChunker", "MarkdownChunker", "SemanticChunker",
    }  # fmt: skip
