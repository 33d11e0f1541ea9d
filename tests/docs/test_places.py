"""Pages that claim something name the tests that hold it; those tests are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLAIMING = [ROOT / "docs" / name for name in ("places.md", "security.md")]
PAGES = CLAIMING + sorted((ROOT / "docs" / "explanations").glob("*.md"))
_TEST = re.compile(r"`(?P<path>tests/[\w/.]+)(?:::(?P<name>[^`]+))?`")
_CLAIMS = re.compile(r"^\| claim \| test \|\n\|---\|---\|\n(?P<rows>(?:\|.*\|\n)+)", re.MULTILINE)
_FOOTNOTE = re.compile(r"^(?P<number>\d+)\. (?:the whole of )?`tests/", re.MULTILINE)
_WHOLE = re.compile(r"the whole of\s+$")


def named(text: str) -> list[tuple[str, str]]:
    """Each test that a page names: its file, and its name, which is empty where it names a file alone."""
    return _TEST.findall(text)


@cache
def found_in(path: Path) -> frozenset[str]:
    """The names of the tests of a file: functions in Python, what `test(...)` is told in the tests of views."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return frozenset(re.findall(r"^test\(\s*[\"'](.+?)[\"'],", text, re.MULTILINE))
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(node.name for node in functions if node.name.startswith("test_"))


def lost(text: str) -> list[str]:
    """The tests of a page that are not there."""
    return [
        f"{path}::{name}"
        for path, name in named(text)
        if not (ROOT / path).is_file() or not found_in(ROOT / path) or (name and name not in found_in(ROOT / path))
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_test_that_a_page_names_is_there(page: Path):
    text = page.read_text(encoding="utf-8")

    assert lost(text) == []


def test_a_test_that_is_gone_is_found():
    here = "tests/docs/test_places.py"

    assert lost(f"`{here}::test_a_test_that_is_gone_is_found`, the whole of `{here}`, `tests/views/shared.test.mjs`") == []
    assert lost(f"`{here}::test_that_never_was`") == [f"{here}::test_that_never_was"]
    assert len(lost("`tests/views/shared.test.mjs::no such words`, `tests/gone.py`, `tests/docs/prose.py`")) == 3


@pytest.mark.parametrize("page", CLAIMING, ids=lambda page: page.name)
def test_a_claim_names_the_one_test_that_holds_it_or_says_that_the_whole_file_does(page: Path):
    text = page.read_text(encoding="utf-8")
    alone = [match for match in _TEST.finditer(text) if not match["name"]]

    assert [match["path"] for match in alone if not _WHOLE.search(text[: match.start()])] == []


@pytest.mark.parametrize("page", CLAIMING, ids=lambda page: page.name)
def test_each_claim_in_a_table_of_claims_has_a_test(page: Path):
    tables = [match["rows"].splitlines() for match in _CLAIMS.finditer(page.read_text(encoding="utf-8"))]

    assert tables
    assert [row for rows in tables for row in rows if not (_TEST.search(row) or re.search(r"\| \[\d+\] \|$", row))] == []


@pytest.mark.parametrize("page", CLAIMING, ids=lambda page: page.name)
def test_each_number_is_used_and_has_its_tests(page: Path):
    text = page.read_text(encoding="utf-8")
    used, explained = {int(number) for number in re.findall(r" \[(\d+)\]", text)}, [int(n) for n in _FOOTNOTE.findall(text)]

    assert used == set(explained)
    assert explained == list(range(1, len(explained) + 1))


def test_each_part_of_the_security_page_that_claims_says_what_is_not_covered():
    parts = re.split(r"^## ", (ROOT / "docs" / "security.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    claiming = [part for part in parts if _CLAIMS.search(part)]

    assert len(claiming) > 8
    assert [part.splitlines()[0] for part in claiming if "Not covered:" not in part] == []


def test_what_is_not_claimed_for_every_place_is_said_to_be_untested():
    text = (ROOT / "docs" / "places.md").read_text(encoding="utf-8")

    assert re.search(r"not (?:\w+ )?tested here", text)
