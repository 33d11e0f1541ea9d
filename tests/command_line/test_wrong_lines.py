"""Lines that are written otherwise than expected, and places that cannot be written to."""

import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from racto_nb.command_line import demo, lab, main


@pytest.fixture(autouse=True)
def _an_empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RACTO_DOWNLOAD", "never")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def started(monkeypatch) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []
    monkeypatch.setattr(lab.subprocess, "call", lambda command: commands.append(command) or 0)
    return commands


@pytest.mark.parametrize(
    ("words", "passed_on"),
    [
        ([], []),
        (["--no-browser"], ["--no-browser"]),
        (["--", "--no-browser"], ["--no-browser"]),
        (["--port=9999"], ["--port=9999"]),
        (["--", "--port", "9999"], ["--port", "9999"]),
    ],
)
def test_options_for_jupyterlab_are_passed_on_also_without_a_notebook(words, passed_on, started):
    assert main(["lab", *words]) == 0
    assert started[0][started[0].index("00_quickstart.ipynb") + 1 :] == passed_on


@pytest.mark.parametrize("words", [["mine.ipynb", "--port", "9"], ["mine.ipynb", "--", "--port", "9"]])
def test_a_notebook_may_stand_before_them(words, started, tmp_path):
    (tmp_path / "mine.ipynb").write_text("{}")

    assert main(["lab", *words]) == 0
    assert started[0][-3:] == ["mine.ipynb", "--port", "9"]


def test_a_number_taken_for_a_notebook_says_where_options_go(started, capsys):
    assert main(["lab", "--port", "9999"]) == 1

    assert "go after --" in capsys.readouterr().err
    assert started == []


@pytest.mark.parametrize(
    "words", [["doctor", "now"], ["doctor", "--", "now"], ["models", "path", "x", "y"], ["models", "--all"], ["demo", "here"], []]
)
def test_words_that_belong_to_nothing_are_wrong_usage(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert "usage: racto-nb" in capsys.readouterr().err


def test_an_executed_demo_is_opened_before_a_new_copy(started, tmp_path):
    done = tmp_path / "racto-nb-demo" / "00_quickstart.ipynb"
    done.parent.mkdir()
    done.write_text("{}")

    assert main(["lab"]) == 0
    assert str(Path("racto-nb-demo") / "00_quickstart.ipynb") in started[0]
    assert not (tmp_path / "00_quickstart.ipynb").exists()


def test_a_changed_copy_is_opened_and_not_written_over(started, tmp_path):
    (tmp_path / "00_quickstart.ipynb").write_text("mine")

    assert main(["lab"]) == 0
    assert (tmp_path / "00_quickstart.ipynb").read_text() == "mine"


def test_without_jupyterlab_the_pip_line_is_told(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    monkeypatch.setattr(lab.importlib.util, "find_spec", lambda _: None)

    assert main(["lab"]) == 1
    assert "pip install 'racto-nb[lab]'" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told_before_the_model_is_fetched(tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")

    assert main(["demo", "--output", "taken"]) == 1

    error = capsys.readouterr().err
    assert "taken" in error
    assert error.count("\n") == 1
    assert (tmp_path / "taken").read_text() == "a file"


def test_removing_what_is_not_here_says_so(capsys):
    assert main(["models", "remove", "smollm2-135m"]) == 0
    assert "was not here" in capsys.readouterr().out


def test_a_wrong_table_of_models_is_one_line_for_models_and_a_finding_for_the_doctor(tmp_path, monkeypatch, capsys):
    table = tmp_path / "models.toml"
    table.write_text("[models.own]\nkind = 'chatt'\n")
    monkeypatch.setenv("RACTO_MODELS_FILE", str(table))

    assert main(["models"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert main(["doctor"]) == 0
    assert "cannot be listed" in capsys.readouterr().out


def test_an_interrupt_is_one_line_and_its_own_exit_code(monkeypatch, capsys):
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo.Registry, "ensure_default_chat", stop)

    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "racto-nb: interrupted\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "told"),
    [("import os; os._exit(1)", "DeadKernelError"), ("import time; time.sleep(60)", "CellTimeoutError")],
    ids=["kernel dies", "takes too long"],
)
def test_a_demo_whose_kernel_does_not_answer_keeps_the_notebook(cell, told, tmp_path, monkeypatch, capfd):
    path = tmp_path / "small.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell("before = 1"), v4.new_code_cell(cell)]), path)
    monkeypatch.setattr(demo, "quickstart", lambda: path)
    monkeypatch.setattr(demo, "LONGEST_CELL", 5)
    model = type("Ready", (), {"path": "p", "card": type("Card", (), {"name": "m", "size": 1, "licence": "MIT"})})
    monkeypatch.setattr(demo.Registry, "ensure_default_chat", lambda *_, **__: model)

    assert main(["demo", "--output", "out"]) == 1

    assert told in capfd.readouterr().err
    assert [found.name for found in (tmp_path / "out").iterdir()] == ["00_quickstart.failed.ipynb"]
