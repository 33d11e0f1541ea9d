"""Each extra stands alone: it brings what it promises, and what it is for works with it. All of them: `make extras`."""

import ast
import re
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from release import building
from release.building import ROOT, build
from release.extras_table import EXTRAS, QUICK
from release.trying import TESTS, try_extra

OWNERS = packages_distributions() | {"umap": ["umap-learn"]}  # it is in no other extra, and so not here
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
CORE = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]


def name_of(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


def libraries(extra: str) -> set[str]:
    """What an extra asks for, with what the extras in it ask for, and the core."""
    found = {name_of(line) for line in CORE}
    for line in DECLARED[extra]:
        held = re.match(r"racto-nb\[([^\]]*)\]", line)
        found |= set().union(*map(libraries, held[1].split(","))) if held else {name_of(line)}
    return found


@cache
def brought(extra: str) -> set[str]:
    """The distributions that are installed with an extra, here: those it asks for and what these need, as far as they are here."""
    seen, ahead = set(), libraries(extra)
    while ahead:
        seen |= ahead
        lines = [line for name in ahead for line in _needs(name) if "extra ==" not in line]
        ahead = {name_of(line) for line in lines} - seen
    return seen


@cache
def _needs(name: str) -> list[str]:
    try:
        return requires(name) or []
    except ModuleNotFoundError:
        return []


def test_the_table_names_every_extra_and_no_other():
    assert set(EXTRAS) - {""} == set(DECLARED)


@pytest.mark.parametrize("face", sorted({face for extra in EXTRAS.values() for face in extra.faces}))
def test_what_the_table_tries_exists(face):
    module, function = face.split(":")
    tree = ast.parse((TESTS / "release" / "faces" / f"{module}.py").read_text("utf-8"))
    assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def named_in(path: Path) -> list[tuple[str, str]]:
    """Each (module, extra) that a file imports by `imported` or under `requires`, as far as both are written there as texts."""
    tree = ast.parse(path.read_text("utf-8"))
    known = {
        node.targets[0].id: node.value.value for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant)
    }  # fmt: skip
    text = lambda node: node.value if isinstance(node, ast.Constant) else known.get(getattr(node, "id", ""))  # noqa: E731
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"imported", "refuse_missing"}:
            found += [(text(node.args[0]), text(keyword.value)) for keyword in node.keywords if keyword.arg == "extra"]
        if isinstance(node, ast.With) and getattr(getattr(node.items[0].context_expr, "func", None), "id", "") == "requires":
            extra = text(node.items[0].context_expr.args[0])
            found += [(alias.name, extra) for one in node.body if isinstance(one, ast.Import) for alias in one.names]
            found += [(one.module, extra) for one in node.body if isinstance(one, ast.ImportFrom)]
    return [(module, extra) for module, extra in found if module and extra and not module.startswith("racto_nb")]


NAMED = sorted({pair for path in (ROOT / "racto_nb").rglob("*.py") for pair in named_in(path)})


def test_the_imports_of_optional_libraries_are_found():
    assert {("openai", "openai"), ("uvicorn", "mcp-sse"), ("nbconvert", "lab"), ("redis.asyncio", "redis")} <= set(NAMED)


@pytest.mark.parametrize(("module", "extra"), NAMED)
def test_the_extra_that_an_error_names_brings_the_module(module, extra):
    top = module.split(".")[0]
    owners = {name_of(name) for name in OWNERS.get(top, [])} or {top.replace("_", "-")}
    assert extra in DECLARED
    assert owners & brought(extra), f"{module} is not brought by racto-nb[{extra}]"


def test_without_uv_an_environment_is_of_the_python_that_was_asked_for(tmp_path, monkeypatch):
    other, told = tmp_path / "python3.99", tmp_path / "told"
    other.write_text(f'#!/bin/sh\necho "$@" > {told}\n')
    other.chmod(0o755)
    monkeypatch.setattr(building, "uv_path", lambda: None)
    made = building.Environment.made(tmp_path / "place", str(other))
    assert told.read_text() == f"-m venv {made.folder / 'venv'}\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    (path,) = build(tmp_path_factory.mktemp("wheel"), "wheel")
    return path


@pytest.mark.slow
@pytest.mark.parametrize("extra", QUICK)
def test_an_extra_alone_brings_what_it_promises(extra, wheel, tmp_path):
    try_extra(extra, wheel, tmp_path / "place")
