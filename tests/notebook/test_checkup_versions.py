"""The doctor on versions, and on the Python that runs."""

import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb import __version__
from racto_nb.notebook.checkup import versions
from racto_nb.notebook.checkup.interpreter import interpreter_findings, interpreter_of
from racto_nb.notebook.checkup.versions import extra_finding, outside, own_finding, requirements, version_findings
from racto_nb.providers.directory import PROVIDERS

NEEDED = requirements(
    ["pandas<4,>=2.2.3", "openai<4,>=3.5; extra == 'openai'", 'ipykernel<8,>=7; extra == "lab"', "racto-nb[rag]; extra == 'all'"]
)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What is installed, by name; everything else is missing."""
    found = {"racto-nb": __version__}

    def version(name: str) -> str:
        if name not in found:
            raise PackageNotFoundError(name)
        return found[name]

    monkeypatch.setattr(versions, "version", version)
    return found


def test_requirements_are_read_with_their_extra_and_range():
    assert [(one.name, one.extra, one.range) for one in NEEDED] == [
        ("pandas", "", ">=2.2.3,<4"),
        ("openai", "openai", ">=3.5,<4"),
        ("ipykernel", "lab", ">=7,<8"),
    ]


def test_our_own_installation_names_every_provider():
    extras = {one.extra for one in requirements()}
    assert {entry.extra for entry in PROVIDERS.values()} <= extras


@pytest.mark.parametrize(
    ("here", "state", "is_wrong"),
    [
        ("3.52.0", "openai 3.52.0", False),
        ("3.5", "openai 3.5", False),
        ("3.4.9", "openai 3.4.9 is too old (>=3.5,<4 is needed)", True),
        ("4.0.1", "openai 4.0.1 is too new (>=3.5,<4 is needed)", True),
        (None, "not installed", False),
    ],
)
def test_a_provider_library_is_held_against_our_range(installed: dict[str, str], here: str | None, state: str, is_wrong: bool):
    if here is not None:
        installed["openai"] = here
    found = extra_finding("openai", NEEDED)
    assert (found.what, found.state, found.wrong) == ("racto-nb[openai]", state, is_wrong)
    assert ("pip install" in found.advice) is (is_wrong or here is None)


def test_a_provider_of_which_a_part_is_missing_is_wrong(installed: dict[str, str]):
    installed["one"] = "1.0"
    found = extra_finding("x", requirements(["one; extra == 'x'", "two>=2; extra == 'x'"]))
    assert (found.state, found.wrong) == ("one 1.0, two is missing", True)
    assert found.advice == "pip install -U 'racto-nb[x]'"


def test_what_others_brought_says_nothing_of_an_extra(installed: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    lines = ["shared>=2", "shared>=2; extra == 'x'", "lent; extra == 'x'", "own; extra == 'x'", "lent; extra == 'y'"]
    installed |= {"shared": "2.4"}
    assert extra_finding("x", requirements(lines)).state == "not installed"
    installed["lent"] = "1.0"
    assert extra_finding("x", requirements(lines)).state == "not installed"
    installed["own"] = "1.0"
    assert extra_finding("x", requirements(lines)).state == "shared 2.4, lent 1.0, own 1.0"
    del installed["lent"]
    assert extra_finding("x", requirements(lines)).wrong
    needs_own = [SimpleNamespace(name="somebody", requires=["own>=1"]), SimpleNamespace(name="bare", requires=None)]
    monkeypatch.setattr(versions, "distributions", lambda: needs_own)
    assert extra_finding("x", requirements(lines)).state == "not installed"


def test_what_is_missing_gets_its_pip_line(installed: dict[str, str]):
    installed["ipykernel"] = "6.31"
    found = {item.what: item for item in version_findings(NEEDED)}
    assert found["pandas"].wrong
    assert found["pandas"].advice == "pip install -U 'racto-nb'"
    assert found["ipykernel"].state == "6.31 is too old (>=7,<8 is needed)"
    assert found["ipykernel"].advice == "pip install -U 'racto-nb[lab]'"
    assert not found["notebook"].wrong


def test_a_missing_part_of_the_widgets_is_found(installed: dict[str, str]):
    installed |= {"ipywidgets": "8.1.9", "widgetsnbextension": "4.0", "comm": "1"}
    (found,) = [item for item in version_findings(NEEDED) if item.what == "ipywidgets, its parts"]
    assert (found.state, found.wrong) == ("jupyterlab_widgets is missing", True)


@pytest.mark.parametrize(("here", "says"), [(__version__, __version__), ("0.0.1", "but 0.0.1 is what is installed")])
def test_our_own_version_is_what_is_imported(installed: dict[str, str], here: str, says: str):
    installed["racto-nb"] = here
    assert says in own_finding().state
    assert own_finding().wrong is (here != __version__)


def test_a_copy_that_is_not_installed_is_found(installed: dict[str, str]):
    installed.clear()
    assert "not installed in this Python" in own_finding().state
    assert own_finding().wrong


@pytest.mark.parametrize(
    ("here", "sign", "limit", "fits"),
    [
        ("1.0", "==", "1", True),
        ("1.0.1", "==", "1.0", False),
        ("2", ">", "2.0", False),
        ("2.0.1", "<=", "2", False),
        ("1.4.5", "~=", "1.4.2", True),
        ("1.5.0", "~=", "1.4.2", False),
        ("1.4.1", "~=", "1.4.2", False),
        ("1.3", "!=", "1.3.0", False),
        ("3.10", ">=", "3.9", True),
        ("2026.10.11549", "<", "2027", True),
        ("4.0rc1", "<", "4", False),
        ("1!2.0", ">=", "1", True),
    ],
)
def test_versions_are_compared_by_their_numbers(here: str, sign: str, limit: str, fits: bool):
    assert (outside(here, [(sign, limit)]) == "") is fits


@given(st.lists(st.integers(0, 30), min_size=1, max_size=4), st.lists(st.integers(0, 30), min_size=1, max_size=4))
def test_a_version_is_at_least_a_limit_or_below_it(here: list[int], limit: list[int]):
    texts = [".".join(map(str, numbers)) for numbers in (here, limit)]
    assert (outside(texts[0], [(">=", texts[1])]) == "") is not (outside(texts[0], [("<", texts[1])]) == "")


@given(st.text())
def test_no_line_of_metadata_makes_it_raise(line: str):
    for one in requirements([line]):
        outside("1.0", one.limits)


def script(folder: Path, name: str, first: str) -> Path:
    path = folder / name
    path.write_text(first)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("#!/opt/other/bin/python3\nimport x", "/opt/other/bin/python3"),
        ("#!/opt/other/bin/python3 -sE\n", "/opt/other/bin/python3"),
        ("#!/bin/sh\n'''exec' \"/very/long/path/python3.11\" \"$0\" \"$@\"\n' '''\n", "/very/long/path/python3.11"),
        ("#!/bin/sh\n'''exec' /long/python3.11 \"$0\" \"$@\"\n", "/long/python3.11"),
        ("#!/usr/bin/env bash\n", None),
        ("\x7fELF", None),
        ("", None),
    ],
)
def test_the_python_of_a_script_is_read_from_its_first_lines(tmp_path: Path, first: str, found: str | None):
    assert interpreter_of(script(tmp_path, "pip", first)) == (None if found is None else Path(found))


@pytest.mark.parametrize(
    ("base", "activated", "is_wrong"), [("prefix", {}, True), ("/usr", {"VIRTUAL_ENV": sys.prefix}, True), ("/usr", {}, False)]
)
def test_a_pip_of_another_python_is_found_and_is_none_of_ours_where_nothing_is_activated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str, activated: dict[str, str], is_wrong: bool
):
    monkeypatch.setattr(sys, "base_prefix", sys.prefix if base == "prefix" else base)
    script(tmp_path, "pip", "#!/opt/other/bin/python3\n")
    script(tmp_path, "racto-nb", "#!/opt/other/bin/python3\n")
    pip, command = interpreter_findings({"PATH": str(tmp_path), **activated})
    assert (pip.what, pip.wrong) == ("pip on PATH", is_wrong)
    assert "%pip install" in pip.advice
    assert (command.what, command.wrong) == ("racto-nb on PATH", False)


def test_a_pip_of_this_python_is_fine(tmp_path: Path):
    script(tmp_path, "pip", f"#!{sys.executable}\n")
    assert interpreter_findings({"PATH": str(tmp_path)}) == []


def test_an_activated_environment_that_is_not_this_one_is_found(tmp_path: Path):
    assert interpreter_findings({"VIRTUAL_ENV": sys.prefix, "PATH": ""}) == []
    (found,) = interpreter_findings({"VIRTUAL_ENV": str(tmp_path), "PATH": ""})
    assert found.wrong
    assert str(tmp_path) in found.state
