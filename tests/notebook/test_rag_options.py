"""The options of `%%racto rag NAME`."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.options import split_line
from racto_nb.notebook.magics.rag_options import RagOptions, read_rag_options


def read(line: str) -> RagOptions:
    return read_rag_options(split_line(line))


def test_a_line_says_whom_to_ask_and_how_to_search():
    options = read("docs --top-k 3 --filter year>=2020 -f 'source!=a b.txt' --hybrid -m kit --into answer --max-tokens 9 -t 1 -q")
    assert (options.name, options.top_k, options.filters, options.mode) == (
        "docs",
        3,
        ["year>=2020", "source!=a b.txt"],
        "hybrid",
    )
    asking = options.asking
    assert (asking.model, asking.into, asking.max_tokens, asking.temperature, asking.quiet) == (["kit"], "answer", 9, 1.0, True)


def test_what_is_not_said_stays_open():
    assert read("docs") == RagOptions("docs")
    assert read("").name == ""
    assert read("--top-k 2").name == ""


@pytest.mark.parametrize("mode", ["vector", "hybrid", "keyword"])
def test_a_search_is_chosen_by_its_name(mode: str):
    assert read(f"docs --mode {mode}").mode == mode


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("docs --topk 3", "no option '--topk'. Did you mean '--top-k'"),
        ("docs --filer a=1", "Did you mean '--filter'"),
        ("docs --json", "There is no option '--json'"),
        ("docs -top-k 3", "'--top-k', with two dashes"),
        ("docs --top-k 0", "--top-k is between 1 and 1,000, not 0"),
        ("docs --top-k many", "invalid int value"),
        ("docs --mode fuzzy", "invalid choice: 'fuzzy'"),
        ("docs --hybrid --mode keyword", "--hybrid and --mode keyword are two ways to search"),
        ("docs -m a -m b", "answered by one model"),
        ("docs --filter ''", "--filter has an empty text"),
        ("docs --max-tokens 0", "--max-tokens is between"),
        ("docs --into 1a", "--into needs the name of a variable"),
        ("docs how long", "belongs to no option: 'how'"),
    ],
)
def test_what_cannot_be_meant_is_an_error(line: str, says: str):
    with pytest.raises(UsageError, match=says.replace("(", r"\(")):
        read(line)
