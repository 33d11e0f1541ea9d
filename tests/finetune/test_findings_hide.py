"""No finding of any rule shows a secret or personal data in full, wherever it stands and however the quotation is cut."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.finetune import (
    FileLink,
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingToolCall,
    duplicates,
    leaks,
)
from racto_nb.finetune.privacy.hiding import hidden_finds

KEY = "sk-proj-Zk3Qv9Lm2Xw8Rt5Yb7Nc4Hd6Pf1Gs0Ja"
MAIL = "anna.lee@acme-corp.com"
PLANTED = (KEY, MAIL)


def shows(text: str, planted: str) -> bool:
    """Whether ten letters of it in a row stand in `text`."""
    return any(planted[start : start + 10] in text for start in range(len(planted) - 9))


@given(before=st.text("ab c.", max_size=90), after=st.text("ab c,(", max_size=70), planted=st.sampled_from(PLANTED))
def test_a_planted_piece_is_in_no_finding(before: str, after: str, planted: str):
    text = f"{before} {planted} {after}"
    talk = RactoTrainingExample(
        (
            RactoTrainingMessage("user", text),
            RactoTrainingMessage("assistant", "", tool_calls=(TrainingToolCall("look", f'{{"of": "{planted}"'),)),
            RactoTrainingMessage("tool", text),
            RactoTrainingMessage("assistant", f"{text} and so on,"),
        )
    )
    pair = RactoTrainingExample.from_pair(text, text)
    data = RactoDataset([talk, talk, pair, RactoTrainingExample.from_pair(text, "another answer")])
    found = data.validate(validation=data)
    assert found.all
    for finding in found.all:
        assert not shows(f"{finding} {finding.shown} {finding.fix}", planted), finding.rule
    assert not shows(f"{duplicates(data.examples)} {leaks(data.examples, data.examples)}", planted)


@pytest.mark.parametrize("cut", [KEY[:12], KEY[-12:], KEY])
def test_a_cut_quotation_is_masked_too(cut: str):
    assert hidden_finds(f"it says {cut}", [("openai_key", KEY)]) == "it says sk-… (openai_key, 40 characters)"


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize("provider", ["openai", "gemini", "anthropic"])
def test_a_piece_that_stands_where_a_role_or_the_name_of_a_tag_belongs_is_masked(planted: str, provider: str):
    mixed_up = RactoTrainingExample((RactoTrainingMessage(planted, "Hi", weight=1), RactoTrainingMessage("assistant", "")))
    tagged = RactoTrainingExample(mixed_up.messages[1:], tags=cast("Any", {planted: 7}))
    for finding in RactoDataset([mixed_up, tagged]).validate(provider).all:
        assert not shows(f"{finding!r} {finding} {finding.shown}", planted), finding.rule


def test_a_piece_before_a_picture_is_masked_though_a_text_follows_at_once():
    card = "4111 1111 1111 1111"
    parts = [f"My card is {card}", FileLink("https://example.org/a.png", "image/png"), "and more"]
    example = RactoTrainingExample((RactoTrainingMessage.of_parts("user", parts), RactoTrainingMessage("assistant", "Thanks")))
    data, other = RactoDataset([example, example]), RactoDataset.from_pairs([("Hi", "Thanks")] * 2)
    for text in (data.diff(other), other.diff(data), data.diff(RactoDataset()), duplicates(data.examples)):
        assert card not in str(text)
        assert "411" in str(text)
