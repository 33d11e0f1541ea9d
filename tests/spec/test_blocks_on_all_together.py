"""The documents' own code block that puts caches, routing and truncation into one kit."""

from __future__ import annotations

import pytest
import tiktoken
from spec.originals import Runner

PYTHON = "Python is a high-level, interpreted programming language..."


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """tiktoken's own encoder with a vocabulary made here, of one token a byte: theirs would be downloaded."""
    ranks = {bytes([byte]): byte for byte in range(256)}
    encoding = tiktoken.Encoding("bytes", pat_str=r"\S+|\s+", mergeable_ranks=ranks, special_tokens={})
    monkeypatch.setattr(tiktoken, "encoding_for_model", lambda _: encoding)


def asked(requests: list) -> list[str]:
    return [request.json["model"] for request in requests if "messages" in request.json]


@pytest.mark.usefixtures("counted")
def test_block_70_one_request_answers_three_questions(run: Runner):
    """The vectors of the server here are of words, and lie farther apart than those of a model of meanings.

    The counters are the true ones: the exact cache is asked three times and knows the answer once, where the documents print 50%.
    """
    ran = run(70, [PYTHON], replaced={"threshold=0.95": "threshold=0.5"})
    assert ran.printed == [
        PYTHON,
        PYTHON,
        PYTHON,
        "Exact cache: CacheStats(hits=1, misses=2, size=1, hit_rate=33.3%)",
        "Semantic cache: CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)",
    ]
    assert [ran[name].origin for name in ("r1", "r2", "r3")] == ["fresh", "exact", "semantic"]
    assert asked(ran.requests) == ["gpt-4o-mini"]
    assert ran["r1"].route.model == "gpt-4o-mini"


@pytest.mark.usefixtures("counted")
def test_block_70_with_the_threshold_as_printed_asks_for_the_third_question(run: Runner):
    ran = run(70, [PYTHON, "Asked anew."])
    assert ran.printed[:3] == [PYTHON, PYTHON, "Asked anew."]
    assert asked(ran.requests) == ["gpt-4o-mini", "gpt-4o-mini"]
