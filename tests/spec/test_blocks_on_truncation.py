"""The documents' own code blocks on truncation."""

from __future__ import annotations

import pytest
import tiktoken
from spec.originals import Runner, originals, turns

from racto_nb.models import ChatConfig
from racto_nb.prompts.engine import RactoPrompt

SAID = "Our conversation covered Questions 0 through 199..."


def test_block_64_a_history_that_fits_is_sent_whole(run: Runner, prompt: RactoPrompt):
    ran = run(64, [SAID], prompt=prompt)
    assert ran.printed == [SAID]
    assert turns(ran.requests[0]) == [
        *(("user", f"Question {number}") for number in range(200)),
        ("user", "Summarize our conversation."),
    ]
    assert ran["response"].truncation is None


def test_block_64_a_history_that_would_overflow_keeps_its_beginning_and_its_end(run: Runner, prompt: RactoPrompt):
    """The same block with messages of 4,000 characters: 200,000 tokens for a window of 128,000."""
    ran = run(64, [SAID], prompt=prompt, replaced={'f"Question {i}"': 'f"Question {i}" + " and more" * 444'})
    sent = [text.partition(" and")[0] for _, text in turns(ran.requests[0])]
    assert sent[:2] == ["Question 0", "Question 1"]
    assert sent[-9:] == [*(f"Question {number}" for number in range(192, 200)), "Summarize our conversation."]
    report = ran["response"].truncation
    assert report.messages_before == 200
    assert report.messages_after == len(sent) - 1
    assert report.tokens_after <= 128_000 - 4096 - 512 < report.tokens_before


def test_block_65_tiktoken_counts(run: Runner, monkeypatch: pytest.MonkeyPatch):
    """tiktoken's own encoder with a vocabulary made here, of one token a byte: theirs would be downloaded."""
    asked: list[str] = []
    bytes_alone = tiktoken.Encoding(
        "bytes", pat_str=r"\S+|\s+", mergeable_ranks={bytes([byte]): byte for byte in range(256)}, special_tokens={}
    )

    def encoding_for_model(model: str) -> tiktoken.Encoding:
        asked.append(model)
        return bytes_alone

    monkeypatch.setattr(tiktoken, "encoding_for_model", encoding_for_model)
    truncator = run(65)["truncator"]
    assert asked == ["gpt-4o"]
    assert truncator.estimate_tokens("21 bytes are here: é") == 21
    history = [{"role": "user", "content": "word " * 4_000} for _ in range(20)]
    report = truncator.report(ChatConfig(user_message="And now?", history=history), "gpt-4o")
    assert report.tokens_after < 128_000 < report.tokens_before
    assert report.left_out == tuple(range(2, 16))


def test_every_block_on_truncation_alone_is_run_here():
    assert {number for number, block in originals().items() if "TokenTruncator(" in block.code} == {64, 65, 70}
