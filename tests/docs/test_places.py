"""Pages that claim something name the tests that hold it; those tests are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / name for name in ("places.md", "security.md")] + sorted((ROOT / "docs" / "explanations").glob("*.md"))
_TEST = re.compile(r"`(?P<path>tests/[\w/.]+)`")
_CLAIMS = re.compile(r"^\| claim \| test \|\n\|---\|---\|\n(?P<rows>(?:\|.*\|\n)+)", re.MULTILINE)


def named(page: Path) -> list[str]:
    return _TEST.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_test_that_a_page_names_is_there(page: Path):
    assert [path for path in named(page) if not (ROOT / path).is_file()] == []


def test_each_named_file_holds_tests():
    paths = {ROOT / path for page in PAGES for path in named(page)}

    assert [
        path.name for path in paths if not re.search(r"^(?:async )?def test_|^test\(", path.read_text("utf-8"), re.MULTILINE)
    ] == []


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_each_claim_in_a_table_of_claims_has_a_test(page: Path):
    tables = [match["rows"].splitlines() for match in _CLAIMS.finditer(page.read_text(encoding="utf-8"))]

    assert tables
    assert [row for rows in tables for row in rows if not _TEST.search(row)] == []


def test_each_footnote_of_the_places_is_used_and_explained():
    text = (ROOT / "docs" / "places.md").read_text(encoding="utf-8")
    used, explained = set(re.findall(r"\[(\d+)\]", text)), set(re.findall(r"^(\d+)\. `tests/", text, re.MULTILINE))

    assert used == explained


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_what_is_not_claimed_for_every_place_is_said_to_be_untested(page: Path):
    text = page.read_text(encoding="utf-8")

    assert re.search(r"not (?:\w+ )?tested here|Not covered:", text)
