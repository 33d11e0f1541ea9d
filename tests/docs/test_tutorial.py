"""The tutorial as its reader has it: without the cell that is for the test alone, no name is missing."""

import ast
import builtins
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
CELLS = re.findall(r"^```ipython\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
SCRIPTS = [cell for cell in CELLS if "\nkit = FakeKit([" in cell]


def python_of(cell: str) -> str:
    """What of a cell is Python: nothing of one that asks, and all but the magics of another."""
    return "" if cell.startswith("%%") else re.sub(r"^%.*$", "", cell, flags=re.MULTILINE)


def names_of(cell: str) -> tuple[set[str], set[str]]:
    """The names that a cell reads, and those that it makes."""
    nodes = list(ast.walk(ast.parse(python_of(cell))))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    made |= {each.asname or each.name for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for each in node.names}
    inserted = set(re.findall(r"\{\{(\w+)", cell)) | set(re.findall(r"--(?:prompt|as|tools|model) (\w+)$", cell, re.MULTILINE))
    return read | inserted, made | set(re.findall(r"--into (\w+)", cell))


def test_one_cell_is_for_the_test_alone():
    assert len(SCRIPTS) == 1


def test_each_cell_finds_its_names_without_the_cell_that_is_for_the_test_alone():
    known = {*dir(builtins), "_racto"}
    for cell in CELLS:
        if cell not in SCRIPTS:
            read, made = names_of(cell)
            assert read - known - made == set(), cell
            known |= made
