"""What docstrings show is run, and they read well on the site."""

import ast
import inspect
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]


@cache
def docstrings() -> list[tuple[str, str]]:
    """All docstrings of the package, with the file and the name that each belongs to."""
    return list(_read())


def _read() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "racto_nb").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield f"{path.relative_to(ROOT)}:{getattr(node, 'name', '')}", text


def told_lines(text: str) -> list[str]:
    """The lines outside of examples."""
    lines, in_example = [], False
    for line in text.split("\n"):
        in_example = bool(line.strip()) and (in_example or line.lstrip().startswith(">>>"))
        if not in_example:
            lines.append(line.strip())
    return lines


def test_code_in_docstrings_stands_in_examples_which_are_run():
    blocks = [where for where, text in docstrings() for line in told_lines(text) if line.startswith("```") or line.endswith("::")]
    skipped = [where for where, text in docstrings() if "doctest: +SKIP" in text]

    assert blocks == []
    assert skipped == []


def test_backticks_in_docstrings_come_in_pairs():
    odd = []
    for where, text in docstrings():
        paragraphs = "\n".join(told_lines(text)).split("\n\n")
        odd += [where for paragraph in paragraphs if paragraph.count("`") % 2]

    assert odd == []


@pytest.fixture
def wording(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    yield __import__("_site.wording", fromlist=["wording"])
    for name in [name for name in sys.modules if name.partition(".")[0] == "_site"]:
        del sys.modules[name]


def test_code_lists_and_examples_of_a_docstring_are_marked_for_the_site(wording):
    text = inspect.cleandoc("""
        Ask `chat` for *one* of its `Message`s.
        It goes:
        - with `n` as the
          most
        - without

        --json is text.

          a tree
            of words
        >>> 1 + 1
        2
        """)

    assert wording.restructured(text.split("\n"), {"Message": "racto_nb.models.Message"}) == [
        "Ask ``chat`` for \\*one\\* of its :py:obj:`Message <racto_nb.models.Message>`\\ s.",
        "It goes:",
        "",
        "* with ``n`` as the\n  most",
        "* without",
        "",
        "\\--json is text.",
        "",
        "::",
        "",
        "    a tree",
        "      of words",
        "",
        ">>> 1 + 1",
        "2",
        "",
    ]


@given(text=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_plain_text_says_the_same_on_the_site(text):
    from docutils.core import publish_doctree

    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from _site.wording import inline
    finally:
        sys.path.remove(str(ROOT / "docs"))
    words = " ".join(text.replace("`", "").split())
    tree = publish_doctree(f"x {inline(words)} x", settings_overrides={"report_level": 5, "file_insertion_enabled": False})

    assert " ".join(tree.astext().split()) == " ".join(f"x {words} x".split())
