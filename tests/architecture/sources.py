"""The package's files as syntax trees, for the tests beside this file."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "racto_nb"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(*folders: str) -> list[Path]:
    """All Python files below `folders` of the project."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """The dotted name of a file of the package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions(path: Path) -> Iterator[Function]:
    """All functions and methods of a file."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    """The length of a function without its decorators and docstring."""
    first = function.body[0]
    start = function.lineno
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (function.end_lineno or start) - start + 1 - docstring


def imports(path: Path, *, type_checking: bool = False) -> Iterator[str]:
    """The modules of the package that a file imports, those inside functions included."""
    for node in _reachable(tree_of(path), type_checking=type_checking):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "racto_nb")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "racto_nb":
            for alias in node.names:
                whole = PACKAGE.parent / Path(*node.module.split("."), alias.name)
                is_module = whole.with_suffix(".py").exists() or (whole / "__init__.py").exists()
                yield f"{node.module}.{alias.name}" if is_module else node.module


def _reachable(node: ast.AST, *, type_checking: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING" and not type_checking:
            continue
        yield child
        yield from _reachable(child, type_checking=type_checking)
