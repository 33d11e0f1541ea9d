"""Names are written in one way, the one of the glossary: in the pages, in docstrings and in the texts of notebooks."""

import re

from docs.prose import ROOT, plain, prose

GLOSSARY = ROOT / "docs" / "glossary.md"
SPELT_OTHERWISE = {
    "docs/glossary.md",  # it has the wrong spellings too
    "docs/benchmarks.md",  # it is written by a program, and names packages and functions
}


def names() -> dict[str, list[str]]:
    """The names of the glossary, each with the spellings that are wrong."""
    table = GLOSSARY.read_text(encoding="utf-8").partition("## Names")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.split("\n") if line.startswith("| ")]
    return {name: [word.strip() for word in wrong.split(",") if word.strip()] for name, _, wrong in rows[1:]}


def pattern(name: str) -> re.Pattern[str]:
    """A name in any case, in one word, in several, or with strokes; not as a part of a path, a longer word, or an option."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").split()
    return re.compile(rf"(?<![\w./%-]){r'[ _-]?'.join(map(re.escape, words))}(?![\w/-]|\.\w)", re.IGNORECASE)


def misspelt(text: str, known: dict[str, list[str]]) -> list[str]:
    """Each name in `text` that is not written as the glossary has it."""
    found = [match[0] for name in known for match in pattern(name).finditer(text) if match[0] != name]
    found += [
        match[0] for wrong in known.values() for word in wrong for match in re.finditer(rf"(?<![\w.-]){re.escape(word)}\b", text)
    ]
    return found


def test_names_are_written_as_the_glossary_has_them():
    known = names()

    wrong = {where: found for where, text in prose() if where not in SPELT_OTHERWISE and (found := misspelt(text, known))}

    assert len(known) > 40
    assert wrong == {}


def test_a_wrong_spelling_is_found_in_prose_and_passed_over_in_code():
    known = names()
    text = """Duckdb, Jupyter lab, HuggingFace and Postgres; `postgres`, [x](duckdb.md), redis://host, api="openai" and
    JupyterLab's PostgreSQL.

    >>> import duckdb

    ```python
    import numpy
    ```
    """

    assert sorted(set(misspelt(plain(text.replace("\n    ", "\n")), known))) == [
        "Duckdb",
        "HuggingFace",
        "Jupyter lab",
        "Postgres",
    ]


def test_the_words_of_the_glossary_stand_in_order_once():
    words = GLOSSARY.read_text(encoding="utf-8").partition("## Names")[0]
    rows = [line.split("|")[1].strip() for line in words.split("\n") if line.startswith("| ")][1:]
    sorted_by = [re.sub(r"^(?:to|the) ", "", row).lower() for row in rows]

    assert sorted_by == sorted(sorted_by)
    assert len(set(sorted_by)) == len(sorted_by)
    assert "| word | meaning |\n|---|---|\n" in words
