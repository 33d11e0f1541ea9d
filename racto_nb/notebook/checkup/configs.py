"""What stands in the configs that IPython reads: whether they load racto_nb, and which cannot be read. Nothing is run."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from racto_nb.notebook.lazily import config_path

_MODULE = "racto_nb"
_OF_KERNELS = "ipython_kernel_config.py"
_SECTIONS = ("InteractiveShellApp", "IPKernelApp")
_LISTS = ("extensions", "extra_extensions")
_ADDING = frozenset({"append", "extend", "insert", "prepend"})
Change = tuple[str, bool, bool]
"""Which list is changed, whether what was in it before stays, and whether racto_nb is put into it."""


def configs() -> list[Path]:
    """The files in the order in which a kernel reads them, the last one first to be heard; not all need to be there."""
    places = [config_path(user=False), config_path(user=True)]
    files = [*places, *(place.with_name(_OF_KERNELS) for place in places)]
    return [each for file in files for each in (file, file.with_suffix(".json"))]


def broken_config() -> tuple[Path, str] | None:
    """The first config that is no Python or JSON, of which IPython then reads nothing, and where that is; None: there is none."""
    for path in configs():
        content = _content(path)
        try:
            json.loads(content or b"{}") if path.suffix == ".json" else ast.parse(content)
        except (SyntaxError, ValueError, RecursionError) as error:
            line = getattr(error, "lineno", None)
            return path, f" (line {line})" if line else ""
    return None


def loading_config() -> Path | None:
    """The config by which IPython loads racto_nb when it starts; None where there is none. None of them is broken."""
    found: dict[str, Path] = {}
    for path in configs():
        for name, stays, ours in _changes(path):
            if ours:
                found[name] = path
            elif not stays:
                found.pop(name, None)
    return next(iter(found.values()), None)


def _changes(path: Path) -> Iterator[Change]:
    content = _content(path)
    if path.suffix == ".json":
        yield from _in_json(json.loads(content or b"{}"))
        return
    for node in _carried_out(ast.parse(content)):
        yield from _in_python(node)


def _carried_out(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a file in their order. Whether a condition holds nobody knows; what is in a function is only told."""
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.stmt) and not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield part
            yield from _carried_out(part)


def _in_python(node: ast.stmt) -> Iterator[Change]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((name, False, _names_us(value)) for target in targets if (name := _list_of(target)))
        case ast.AnnAssign(target=target, value=ast.expr() as value) if name := _list_of(target):
            yield name, False, _names_us(value)
        case ast.Delete(targets=targets):
            yield from ((name, False, False) for target in targets if (name := _list_of(target)))
        case ast.AugAssign(target=target, value=value) if name := _list_of(target):
            yield name, True, _names_us(value)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=target, attr=how)) as call) if name := _list_of(target):
            ours = _names_us(call)
            yield name, not (ours and how == "remove"), ours and how in _ADDING
        case _:
            return


def _in_json(settings: object) -> Iterator[Change]:
    for section in _SECTIONS:
        said = _members(_members(settings).get(section))
        for name in _LISTS:
            if name in said:
                yield f"{section}.{name}", False, said[name] == _MODULE or _is_among(said[name])


def _is_among(value: object) -> bool:
    return isinstance(value, list) and _MODULE in value


def _members(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _list_of(target: ast.expr) -> str | None:
    """Which of the lists of extensions `c.InteractiveShellApp.extensions` and the like is; None for something else."""
    holder, section, name = ("", "", *ast.unparse(target).split("."))[-3:]
    return f"{section}.{name}" if holder and section in _SECTIONS and name in _LISTS else None


def _names_us(node: ast.expr) -> bool:
    return any(isinstance(part, ast.Constant) and part.value == _MODULE for part in ast.walk(node))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
