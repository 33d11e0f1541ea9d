"""Training data in tables: of pandas, polars, Arrow, Hugging Face, and Parquet files."""

from __future__ import annotations

import datasets
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from finetune.strategies import everything
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.exceptions import (
    DatasetFileExistsError,
    DatasetFormatError,
    MissingFileError,
    UnreadableFileError,
    UsageError,
    WrongTypeError,
)
from racto_nb.finetune import Provenance, RactoDataset, RactoTrainingExample, RactoTrainingMessage

PAIRS = [("What is a list?", "An ordered sequence."), ("What is a dict?", "Keys and values.")]
DATA = RactoDataset.from_pairs(PAIRS, system="Be brief.")
ROWS = [{"question": user, "answer": assistant, "topic": "types", "level": 1, "intro": None} for user, assistant in PAIRS]
CALLS = [
    {"role": "user", "content": "Weather?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "content": "Sun", "tool_call_id": "c1"},
]

TABLES = {
    "pandas": (pd.DataFrame, RactoDataset.from_pandas),
    "polars": (pl.DataFrame, RactoDataset.from_polars),
    "arrow": (pa.Table.from_pylist, RactoDataset.from_arrow),
    "Hugging Face": (datasets.Dataset.from_list, RactoDataset.from_hf),
    "dicts": (list, RactoDataset.from_frame),
}


@settings(deadline=None, max_examples=60)
@given(st.lists(everything, max_size=3))
def test_a_dataset_is_equal_after_it_was_a_table(examples):
    data = RactoDataset(examples)
    assert RactoDataset.from_polars(data.to_polars()) == data
    assert RactoDataset.from_pandas(data.to_pandas()) == data
    assert RactoDataset.from_arrow(data.to_arrow()) == data


@settings(deadline=None, max_examples=30)
@given(st.lists(everything, max_size=3))
def test_a_dataset_is_equal_after_it_was_in_a_parquet_file(tmp_path_factory, examples):
    data, folder = RactoDataset(examples), tmp_path_factory.mktemp("parquet")
    path = data.to_parquet(folder / "train.parquet")
    assert RactoDataset.from_parquet(path) == data
    assert RactoDataset.from_pandas(pd.read_parquet(path)) == data


@settings(deadline=None, max_examples=10)
@given(st.lists(everything, min_size=1, max_size=3))
def test_a_dataset_is_equal_after_it_was_a_hugging_face_dataset(examples):
    data = RactoDataset(examples)
    assert RactoDataset.from_hf(data.to_hf()) == data


@pytest.mark.parametrize(("table", "read"), TABLES.values(), ids=TABLES.keys())
def test_questions_and_answers_are_read_from_columns(table, read):
    data = read(table(ROWS), user="question", assistant="answer", system="Be brief.", tags=["topic", "level"])
    assert [example.messages for example in data] == [example.messages for example in DATA]
    assert data[0].tags == {"topic": "types", "level": "1"}
    empty = read(table(ROWS), user="question", assistant="answer", system_column="intro")
    assert empty == RactoDataset.from_pairs(PAIRS)


@pytest.mark.parametrize(("table", "read"), TABLES.values(), ids=TABLES.keys())
def test_records_of_other_formats_are_read_from_columns(table, read):
    openai = read(table([{"messages": CALLS, "group": "a"}, {"messages": CALLS[:1], "group": None}]), tags=["group"])
    assert openai[0].messages[1].tool_calls[0].name == "f"
    assert [example.tags for example in openai] == [{"group": "a"}, {}]
    alpaca = read(table([{"instruction": "Add.", "input": "1 2", "output": "3"}]))
    assert alpaca[0].messages[-1].content == "3"
    assert read(table([{"instruction": "[1]", "output": "{}"}]), "alpaca")[0].messages[-1].content == "{}"


@pytest.mark.parametrize(("table", "read"), TABLES.values(), ids=TABLES.keys())
def test_a_row_without_an_example_is_named(table, read):
    rows = [{"question": "a", "answer": "b"}, {"question": "c", "answer": None}]
    with pytest.raises(DatasetFormatError, match=r"^Row 1 of .*'answer' is empty"):
        read(table(rows), user="question", assistant="answer")
    kept = read(table(rows), user="question", assistant="answer", on_error="collect")
    assert len(kept) == 1
    assert str(kept.rejected[0]).startswith("Row 1: The column 'answer' is empty. It begins: ")


@pytest.mark.parametrize(("table", "read"), TABLES.values(), ids=TABLES.keys())
def test_a_column_that_is_not_there_is_named(table, read):
    with pytest.raises(UsageError, match=r"no column 'anser'. The columns are 'question', 'answer'"):
        read(table(ROWS), user="question", assistant="anser")


def test_what_does_not_go_together_is_refused():
    with pytest.raises(UsageError, match="two columns"):
        RactoDataset.from_frame(ROWS, user="question")
    with pytest.raises(UsageError, match="not both"):
        RactoDataset.from_frame(ROWS, user="question", assistant="answer", system="a", system_column="intro")
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(UsageError, match="two columns 'a'"):
        RactoDataset.from_frame(twice)


def test_what_is_no_table_is_refused_with_what_to_do():
    with pytest.raises(WrongTypeError, match="collect"):
        RactoDataset.from_frame(pl.DataFrame(ROWS).lazy())
    with pytest.raises(WrongTypeError, match=r"\['train'\]"):
        RactoDataset.from_hf(datasets.DatasetDict({"train": datasets.Dataset.from_list(ROWS)}))
    for other in ("text", 7, ["text"]):
        with pytest.raises(WrongTypeError):
            RactoDataset.from_frame(other)
    with pytest.raises(WrongTypeError, match="from_frame"):
        RactoDataset.from_pandas(pl.DataFrame(ROWS))


def test_a_dataset_that_is_streamed_is_read():
    streamed = datasets.Dataset.from_list(ROWS).to_iterable_dataset()
    assert RactoDataset.from_hf(streamed, user="question", assistant="answer") == RactoDataset.from_pairs(PAIRS)


def test_plain_conversations_make_the_column_that_trainers_read():
    frame = DATA.to_polars()
    assert frame.schema == {"messages": pl.List(pl.Struct({"role": pl.String, "content": pl.String}))}
    assert frame["messages"][0].to_list()[0] == {"role": "system", "content": "Be brief."}


def test_tags_and_origin_can_be_looked_into():
    example = RactoTrainingExample(DATA[0].messages, tags={"label": "types"}, provenance=Provenance("file", "a.csv"))
    frame = RactoDataset([example, DATA[1]]).to_polars()
    assert frame["tags"].struct.field("label").to_list() == ["types", None]
    assert frame["provenance"].struct.field("reference").to_list() == ["a.csv", None]


def test_what_a_table_cannot_hold_is_named():
    for broken in (
        RactoTrainingExample.from_pair("a", "half \ud83d"),
        RactoTrainingExample((RactoTrainingMessage("user", "a", extra={"score": float("nan")}),)),
    ):
        with pytest.raises(DatasetFormatError, match="Example 2 cannot stand in a table") as caught:
            RactoDataset([*DATA, broken]).to_polars()
        assert caught.value.example == 2


async def test_parquet_files_are_written_whole_and_not_overwritten_unasked(tmp_path):
    path = await DATA.ato_parquet(tmp_path / "train.parquet")
    assert await RactoDataset.afrom_parquet(path) == DATA
    with pytest.raises(DatasetFileExistsError):
        DATA.to_parquet(path)
    DATA[:1].to_parquet(path, overwrite=True)
    assert len(RactoDataset.from_parquet(path)) == 1


def test_what_is_no_parquet_file_is_named(tmp_path):
    with pytest.raises(MissingFileError):
        RactoDataset.from_parquet(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UnreadableFileError, match="Parquet"):
        RactoDataset.from_parquet(tmp_path / "bad.parquet")
    with pytest.raises(UnreadableFileError):
        RactoDataset.from_parquet(tmp_path)
