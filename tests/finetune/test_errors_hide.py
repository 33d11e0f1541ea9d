"""No error and nothing that prints itself shows a secret in full, whatever it quotes."""

from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import DatasetFormatError, RactoGatewayError
from racto_nb.finetune import (
    RactoDataset,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    duplicates,
    leaks,
)
from racto_nb.finetune.formats.format import FORMATS, format_named
from racto_nb.finetune.privacy.quoting import cut, hidden, quoted

KEY = "sk-ant-api03-Zk3Qv9Lm2Xw8Rt5Yb7Nc4Hd6Pf1Gs0Ja"
MAIL = "anna.lee@acme-corp.com"


def shows(text: str, planted: str = KEY) -> bool:
    """Whether ten letters of it in a row stand in `text`."""
    return any(planted[start : start + 10] in text for start in range(len(planted) - 9))


def said(error: BaseException | None) -> str:
    """An error and all errors that it came from, as a traceback prints them."""
    return "" if error is None else f"{error} {said(error.__cause__)}"


def error_of(work: Callable[[], object]) -> str:
    """What is said where `work` fails."""
    try:
        work()
    except RactoGatewayError as error:
        return said(error)
    return ""


LINES = (
    f'{{"messages":[{{"role":"user","content":"{KEY}"}},{{"role',
    f'{{"messages":[{{"role":"user","content":"It is:\\n{KEY}"}}],"messages":1}}',
    f'{{"messages":[{{"role":"{KEY}"}}]}}',
    f'{{"messages":[{{"role":"user","content":"\\u0027{KEY}"',
    f'{{"{KEY}": 1, "{KEY}": 2}}',
    f'{{"{KEY}": 1}}',
    f"{KEY},hello",
    f'["{KEY}"]',
    json.dumps({"messages": [{"role": "user", "content": [{"type": KEY}]}]}),
    json.dumps({"messages": [{"role": "user", "content": "Hi", "tool_calls": [{"type": KEY}]}]}),
    json.dumps({"messages": [{"role": "user", "content": 7, "arguments": json.dumps({"a": f"x\n{KEY}"})}]}),
    json.dumps({"contents": [{"role": KEY, "parts": []}]}),
    json.dumps({"contents": [{"role": "user", "parts": [{KEY: 1}]}]}),
    json.dumps({"conversations": [{"from": KEY, "value": "Hi"}]}),
    json.dumps({"racto": KEY, "messages": []}),
    json.dumps({"racto": 1, KEY: 2, "messages": []}),
    json.dumps({"racto": 1, "messages": [{"role": "user", "content": "", "weight": KEY}]}),
)


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("provider", ["auto", *FORMATS])
def test_a_line_that_cannot_be_read_is_told_without_its_secrets(line: str, provider: str):
    assert not shows(error_of(lambda: RactoDataset.from_jsonl_string(line, provider=provider)))
    kept = RactoDataset.from_jsonl_string(line, provider=provider, on_error="collect")
    assert not shows(f"{kept.rejected} {[each.shown for each in kept.rejected]}")


@given(before=st.text('ab c.\n"\\', max_size=150), sign=st.sampled_from(["", " ", "\n", "\t", '"', "é"]))
def test_a_record_shows_no_key_wherever_it_stands(before: str, sign: str):
    for ascii_only in (True, False):
        whole = json.dumps(
            {"messages": [{"role": "user", "content": f"{before}{sign or '.'}{KEY} and more"}]}, ensure_ascii=ascii_only
        )
        for line in (whole, whole[:-3], whole.replace("content", "contents")):
            kept = RactoDataset.from_jsonl_string(line, provider="openai", on_error="collect")
            assert not shows(str(kept.rejected)), line


def test_little_is_shown_of_what_is_no_json():
    [told] = RactoDataset.from_jsonl_string("word " * 100, on_error="collect").rejected
    assert len(told.shown) <= 42


def test_rows_of_frames_are_told_without_their_secrets():
    frame = pd.DataFrame({"question": [f"Is it\n{KEY}?"], "answer": [None]})
    with pytest.raises(DatasetFormatError) as caught:
        RactoDataset.from_pandas(frame, user="question", assistant="answer")
    assert "question" in said(caught.value)
    assert not shows(said(caught.value))
    with pytest.raises(DatasetFormatError) as caught:
        RactoDataset.from_pandas(pd.DataFrame({"messages": [[{"role": "user", "content": 7, "name": MAIL}]]}))
    assert not shows(said(caught.value), MAIL)


ODD = (
    RactoTrainingExample((RactoTrainingMessage(KEY, "Hi"), RactoTrainingMessage("assistant", "Hi"))),
    RactoTrainingExample((RactoTrainingMessage("tool", "Hi", name=KEY, tool_call_id=KEY),)),
    RactoTrainingExample((RactoTrainingMessage("user", "Hi", extra={KEY: 1}),), extra={KEY: 1}),
    RactoTrainingExample(
        (RactoTrainingMessage("user", "Hi", extra={"gemini": {KEY: 1}, "openai": {KEY: 1}}),),
        tools=(TrainingTool(KEY, "", {}, strict=True),),
    ),
    RactoTrainingExample((RactoTrainingMessage("user", "Hi"),), reference={KEY: 1, "messages": KEY}),
)


@pytest.mark.parametrize("example", ODD)
@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_cannot_hold_is_told_without_its_secrets(example: RactoTrainingExample, name: str):
    writes: tuple[Callable[[], object], ...] = (
        lambda: format_named(name).record(example),
        lambda: RactoDataset([example]).to_jsonl_string(provider=name),
    )
    for write in writes:
        assert not shows(error_of(write))


def test_a_turn_that_is_none_is_told_without_its_secrets():
    with pytest.raises(RactoGatewayError) as caught:
        RactoTrainingExample.from_conversation([("user", f"a\n{KEY}", "more")])  # pyright: ignore[reportArgumentType]
    assert not shows(said(caught.value))
    assert "('user'" in said(caught.value)


@given(st.text(max_size=300), st.integers(1, 100))
def test_a_quotation_is_no_longer_than_it_may_be_and_plain_words_stay(text: str, most: int):
    assert len(cut(text, most)) <= most
    assert quoted("plain words") == "'plain words'"


def test_a_piece_that_ends_far_behind_is_known_as_a_whole():
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ" + "aB3dE" * 1_500 + "." + "cD4" * 20
    assert not shows(cut(f"It is {token} here.", 120), token[20:])
    assert hidden("nothing here \\ at all") == "nothing here \\ at all"


def test_a_difference_shows_no_old_secret():
    long = f"{'word ' * 9}{KEY}"
    data = RactoDataset.from_pairs([(f"It is {KEY}", "Thanks!"), (long, "Hm")])
    assert not shows(repr(data.diff(data.redact())))
    assert not shows(repr(data.redact().diff(data)))
    assert not shows(f"{data.diff(RactoDataset())!r} {RactoDataset().diff(data)!r}")


def test_leaks_and_duplicates_show_no_secret():
    words = " ".join(f"word{number}" for number in range(20))
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ" + "aB3dE" * 1_000 + "." + "cD4" * 20
    one, other = (RactoDataset.from_pairs([(f"{words} {KEY} {words} {more}", more)]) for more in ("first", "second"))
    [leak] = found = leaks(one.examples, other.examples)
    assert any(shows(span.text) for span in leak.spans)
    assert not shows(f"{leak!r} {leak} {found!r} {leak.row()}")
    same = RactoDataset.from_pairs([(f"It is {token}", "a"), (f"It is {token}", "a")])
    assert not shows(f"{duplicates(same.examples)[0]!r}", token[20:])


def test_what_was_left_out_is_told_without_its_secrets():
    entries: list[dict[str, object]] = [{"user_query": "Hi", "selected": [], "error": f"401: wrong key {KEY}"}]
    [left] = RactoDataset.from_audit(entries).left_out
    assert left.says.startswith("The classification failed: 401: wrong key sk-…")
    assert not shows(repr(left))
