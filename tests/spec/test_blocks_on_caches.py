"""The documents' own code blocks on caches."""

from __future__ import annotations

import pytest
from spec.originals import KNOWN_NAMES, Runner

from racto_nb.prompts.engine import RactoPrompt

PARIS = "The capital of France is Paris."


@pytest.mark.parametrize(
    ("alias", "model"),
    [
        ("gpt", "gpt-6-luna"),
        ("gemini", "gemini-3.8-flash"),
        ("claude", "claude-sonnet-5"),
        ("local", "llama3.2"),
        ("hf", "some/model"),
    ],
)
def test_block_60_the_same_question_is_answered_from_the_cache(run: Runner, prompt: RactoPrompt, alias: str, model: str):
    module = KNOWN_NAMES[alias].__name__.rpartition(".")[2]
    ran = run(60, [PARIS], replaced={"openai_developer_kit": module, '"gpt-4o"': f'"{model}"'}, prompt=prompt)
    assert ran.printed == [PARIS, PARIS, "CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)", "1", "1", "0.5", "1"]
    assert len(ran.requests) == 1
    assert (ran["r1"].origin, ran["r2"].origin) == ("fresh", "exact")


def test_block_60_warns_of_its_retired_model(run: Runner, prompt: RactoPrompt):
    assert run(60, [PARIS], prompt=prompt).printed[:2] == [PARIS, PARIS]


def test_block_61_a_question_in_other_words_is_answered_from_the_cache(run: Runner, prompt: RactoPrompt):
    """The vectors of the server here are of words, and lie farther apart than those of a model of meanings."""
    swaps = {"gpt-4o": "gpt-6-luna", "threshold=0.95": "threshold=0.75"}
    ran = run(61, [PARIS], replaced=swaps, prompt=prompt)
    assert ran.printed == [PARIS, PARIS, "CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)"]
    paths = [request.path.rpartition("/")[2] for request in ran.requests]
    assert paths.count("embeddings") == 2  # one for each question
    assert len(paths) == 3
    assert (ran["r1"].origin, ran["r2"].origin) == ("fresh", "semantic")
