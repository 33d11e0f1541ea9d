"""The prose of the project: its pages, its docstrings and the texts of its notebooks, without code and addresses."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCED = re.compile(r"^(?P<fence>```|~~~).*?^(?P=fence)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"``[^`]+``|`[^`]+`", re.DOTALL)
_ADDRESS = re.compile(r"\]\([^)\s]*\)|<?[a-z]+://\S+")
_VALUE = re.compile(r'\w+=\S+|"[a-z0-9_.:-]+"')
_LINE = re.compile(r"^ *(?:%%?racto|from|import|kit =|python -m) .*$", re.MULTILINE)
_EXAMPLE = re.compile(r"^[ ]*>>>.*?(?:\n[ ]*\n|\Z)", re.DOTALL | re.MULTILINE)
_HTML = re.compile(r"<[^>]+>")


def plain(text: str) -> str:
    """A text without what is no prose. Lines stay where they are."""
    for pattern in (_FENCED, _EXAMPLE, _CODE, _LINE, _ADDRESS, _VALUE, _HTML):
        text = pattern.sub(lambda match: " … " + "\n" * match[0].count("\n"), text)
    return text


def prose() -> Iterator[tuple[str, str]]:
    """Each text with where it stands."""
    for path in sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]):
        yield path.relative_to(ROOT).as_posix(), plain(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
            if cell["cell_type"] == "markdown":
                yield f"{path.relative_to(ROOT).as_posix()}, cell {number}", plain("".join(cell["source"]))
    for path in sorted((ROOT / "racto_nb").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), plain("\n\n".join(docstrings_of(path)))


def docstrings_of(path: Path) -> Iterator[str]:
    """The docstrings of a file, and the texts that stand below a name as its description."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for statement in getattr(node, "body", []) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else []:
            if (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Constant)
                and isinstance(statement.value.value, str)
            ):
                yield statement.value.value
