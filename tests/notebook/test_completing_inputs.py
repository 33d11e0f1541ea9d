"""TAB behind `--attach` and `--tools`: paths, files and tools of the notebook."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython import embed
from IPython.core.interactiveshell import InteractiveShell
from pydantic import BaseModel
from tab_key import tab

from racto_nb.models.chat import ChatConfig
from racto_nb.notebook.completing import offering
from racto_nb.notebook.completing.folders import MOST_OFFERED, paths_from
from racto_nb.prompts.files import RactoFile
from racto_nb.testing import forbid_network
from racto_nb.tools import ToolRegistry


class Booking(BaseModel):
    city: str


def weather(city: str) -> str:
    return city


@pytest.fixture
def notebook(shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    folder = tmp_path / "work"
    (folder / "data" / "deep").mkdir(parents=True)
    for name in ("notes.md", "my table.csv", ".hidden", "data/a.csv", "data/b.csv"):
        (folder / name).write_text("x")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    shell.user_ns |= {"Booking": Booking, "weather": weather, "tools": ToolRegistry(), "number": 5}
    shell.user_ns |= {"picture": b"x", "place": Path("x"), "file": RactoFile(b"x", "text/plain")}
    return shell


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("--attach n", ["--attach notes.md"]),
        ("--attach ./n", ["--attach ./notes.md"]),
        ("--attach=n", ["--attach=notes.md"]),
        ("--attach a.md --attach n", ["--attach a.md --attach notes.md"]),
        ("--attach my", ['--attach "my table.csv"']),
        ('--attach "my', ['--attach "my table.csv']),
        ("--attach da", ["--attach data/"]),
        ("--attach data/", ["--attach data/a.csv", "--attach data/b.csv", "--attach data/deep/"]),
        ("--attach .h", ["--attach .hidden"]),
        ("--attach ~", ["--attach ~/"]),
        ("--attach ~/no", ["--attach ~/notes.md"]),
        ("--attach nowhere/", []),
        ("--attach pic", ["--attach picture"]),
        ("--tools w", ["--tools weather"]),
        ("--tools weather --tools B", ["--tools weather --tools Booking"]),
        ("--max-tool-turns ", []),
        ("--cot ", None),
    ],
)
def test_what_fits_is_offered(notebook: InteractiveShell, line: str, offered: list[str] | None):
    found = tab(notebook, f"%%racto {line}")
    assert (found != []) if offered is None else found == [f"%%racto {text}" for text in offered]


def test_files_of_the_notebook_come_before_those_of_the_disk(notebook: InteractiveShell):
    found = [text.removeprefix("%%racto --attach ") for text in tab(notebook, "%%racto --attach ")]
    assert set(found[:3]) == {"file", "place", "picture"}
    assert found[3:] == ["data/", '"my table.csv"', "notes.md"]


def test_tools_are_registries_functions_and_classes(notebook: InteractiveShell):
    found = [text.removeprefix("%%racto --tools ") for text in tab(notebook, "%%racto --tools ")]
    assert found == ["tools", "weather", "Booking"]


def test_functions_of_this_library_and_of_ipython_are_no_tools(notebook: InteractiveShell):
    notebook.user_ns |= {"forbid": forbid_network, "helper": embed, "Config": ChatConfig}
    found = [text.removeprefix("%%racto --tools ") for text in tab(notebook, "%%racto --tools ")]
    assert found == ["tools", "weather", "Booking"]


def test_a_second_model_is_offered_after_the_first(notebook: InteractiveShell):
    assert tab(notebook, "%%racto --model a --mod") == ["%%racto --model a --model"]


def test_of_a_huge_folder_only_some_are_offered(tmp_path: Path):
    for number in range(MOST_OFFERED + 20):
        (tmp_path / f"f{number:04}").touch()
    assert len(paths_from(f"{tmp_path}/f")) == MOST_OFFERED


def test_a_folder_that_cannot_be_read_offers_nothing(tmp_path: Path):
    (tmp_path / "file").touch()
    assert paths_from(f"{tmp_path}/file/") == []
    assert paths_from("\0/") == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x00"), min_size=1, max_size=12).filter(str.strip))
def test_whatever_path_is_offered_is_read_back_as_it_is(name: str):
    known = offering.Known({}, {}, list, list, list, lambda _: [name])
    for begun, end in (("", ""), ('"', '"')):
        texts = offering.option_offers(f"--attach {begun}", "", known).texts
        assert [shlex.split(f"--attach {begun}{text}{end}") for text in texts] == [["--attach", name]]
