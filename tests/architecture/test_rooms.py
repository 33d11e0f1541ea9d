"""Rooms stay small: functions, files, docstrings, words that are not used."""

import ast
import re

import pytest
from architecture.sources import body_lines, functions, module_name, python_files, tree_of

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
LONGEST_TEST_FILE = 400
FORBIDDEN_CALLS = {
    "print",
    "asyncio.run",
    "asyncio.get_event_loop",
    "nest_asyncio.apply",
    "loop.run_until_complete",
    "eval",
    "exec",
}
# A portal's own loop ends its generators before it closes; nothing of a caller runs on it then.
# Generated Python is run where a user has asked for it: in a process that has locked itself in, and in no other.
ALLOWED_CALLS = {
    ("racto_nb.flow.portal", "loop.run_until_complete"),
    ("racto_nb.pipelines.sql_analyst.analysing.sandboxed", "exec"),
}
VAGUE_NAMES = {"utils", "helpers", "base", "common", "manager", "misc", "core"}
# `adapters.base` is an import path of the documents.
ALLOWED_NAMES = {"racto_nb.adapters.base"}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{module_name(path)}:{function.name} has {body_lines(function)} lines"
        for path in python_files("racto_nb")
        for function in functions(path)
        if body_lines(function) > LONGEST_FUNCTION
    ]

    assert long == []


@pytest.mark.parametrize(
    ("folder", "most"), [("racto_nb", LONGEST_FILE), ("benchmarks", LONGEST_FILE), ("tests", LONGEST_TEST_FILE)]
)
def test_no_file_is_longer_than_its_limit(folder, most):
    long = [str(path) for path in python_files(folder) if len(path.read_text(encoding="utf-8").splitlines()) > most]

    assert long == []


def test_every_module_says_what_it_is():
    silent = [module_name(path) for path in python_files("racto_nb") if not ast.get_docstring(tree_of(path))]

    assert silent == []


def test_forbidden_calls_are_nowhere():
    found = [
        (module_name(path), ast.unparse(node.func))
        for path in python_files("racto_nb")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and _is_forbidden(ast.unparse(node.func))
    ]

    assert set(found) == ALLOWED_CALLS


def _is_forbidden(call: str) -> bool:
    return call in FORBIDDEN_CALLS or call.endswith(".run_until_complete")


def test_modules_have_names_that_say_something():
    vague = {module_name(path) for path in python_files("racto_nb") if path.stem in VAGUE_NAMES}

    assert vague == ALLOWED_NAMES


def test_nothing_is_swallowed():
    silent = [
        f"{module_name(path)}:{node.lineno}"
        for path in python_files("racto_nb")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and all(isinstance(statement, ast.Pass) for statement in node.body)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    ]

    assert silent == []


def test_nothing_is_left_for_later():
    unfinished = [
        f"{module_name(path)}:{number}"
        for path in python_files("racto_nb")
        if not str(path).endswith("finetune/checking/texts.py")  # it looks for such words in data
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b", line)
    ]

    assert unfinished == []
