"""The command `racto-nb`, called in this process."""

import hashlib
import io
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from racto_nb import __version__
from racto_nb.command_line import demo, lab, main, quickstart


@pytest.fixture(autouse=True)
def _an_empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("RACTO_DOWNLOAD", "never")
    monkeypatch.chdir(tmp_path)


def put_model(tmp_path: Path, monkeypatch, content: bytes = b"weights") -> Path:
    """A model of the user's own, in the cache."""
    digest = hashlib.sha256(content).hexdigest()
    table = tmp_path / "models.toml"
    table.write_text(
        f'[models.own]\nkind = "chat"\ntitle = "Own"\nlicence = "MIT"\nwindow = 512\ndefault_context = 512\nmemory = 1000\n'
        f'note = "mine"\n[[models.own.files]]\nname = "own.gguf"\nsha256 = "{digest}"\nsize = {len(content)}\n'
    )
    monkeypatch.setenv("RACTO_MODELS_FILE", str(table))
    path = tmp_path / "cache" / "models" / f"own-{digest[:12]}.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def test_models_lists_what_there_is(capsys):
    assert main(["models"]) == 0

    out = capsys.readouterr().out
    assert "qwen2.5-coder-0.5b" in out
    assert "to download" in out
    assert "Apache-2.0" in out


def test_a_model_that_is_here_is_checked_and_not_fetched_again(tmp_path, monkeypatch, capsys):
    put_model(tmp_path, monkeypatch)

    assert main(["models", "download", "own"]) == 0
    assert "already here" in capsys.readouterr().out


def test_a_damaged_model_is_an_error_in_one_line(tmp_path, monkeypatch, capsys):
    path = put_model(tmp_path, monkeypatch)
    path.write_bytes(b"weighty")

    assert main(["models", "download", "own"]) == 1
    error = capsys.readouterr().err
    assert str(path) in error
    assert "sha256" in error
    assert len([line for line in error.splitlines() if line.startswith("racto-nb:")]) == 1


def test_models_path_names_the_files(tmp_path, monkeypatch, capsys):
    path = put_model(tmp_path, monkeypatch)

    assert main(["models", "path", "own"]) == 0
    assert capsys.readouterr().out.strip() == str(path)


def test_models_remove_removes_the_files(tmp_path, monkeypatch, capsys):
    path = put_model(tmp_path, monkeypatch)

    assert main(["models", "remove", "own"]) == 0
    assert not path.exists()
    assert "own is removed" in capsys.readouterr().out


def test_an_unknown_model_is_named_with_the_nearest(capsys):
    assert main(["models", "download", "smollm2-135"]) == 1
    assert "Did you mean 'smollm2-135m'" in capsys.readouterr().err


def test_remove_without_a_name_says_what_to_write(capsys):
    assert main(["models", "remove"]) == 1
    assert "racto-nb models remove NAME" in capsys.readouterr().err


def test_a_forbidden_download_says_so(capsys):
    assert main(["models", "download", "-y", "smollm2-135m"]) == 1
    assert "RACTO_DOWNLOAD" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-y", "smollm2-135m"], ["smollm2-135m", "--yes"]])
def test_the_option_may_stand_before_or_after_the_name(words, capsys):
    assert main(["models", "download", *words]) == 1
    assert "'smollm2-135m'" in capsys.readouterr().err


@pytest.mark.parametrize(("answer", "asked_for"), [("n\n", False), ("\n", False), ("y\n", True)])
def test_a_download_asks_first_in_a_terminal(answer, asked_for, monkeypatch, capsys):
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)

    assert main(["models", "download", "smollm2-135m"]) == 1

    seen = capsys.readouterr()
    assert "98 MB" in seen.out
    assert ("RACTO_DOWNLOAD" in seen.err) is asked_for
    assert ("Nothing was downloaded" in seen.out) is not asked_for


def test_doctor_never_shows_a_key(monkeypatch, capsys):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-value")

    assert main(["doctor"]) == 0

    out = capsys.readouterr().out
    assert "sk-very-secret-value" not in out
    assert re.search(rf"^racto-nb +{re.escape(__version__)}$", out, re.MULTILINE)
    assert "OPENAI_API_KEY" in out


def test_version_and_wrong_usage(capsys):
    with pytest.raises(SystemExit) as shown:
        main(["--version"])
    with pytest.raises(SystemExit) as wrong:
        main(["modles"])

    assert (shown.value.code, wrong.value.code) == (0, 2)
    assert __version__ in capsys.readouterr().out


def test_the_quickstart_is_found():
    assert quickstart.quickstart().name == "00_quickstart.ipynb"


def test_lab_opens_a_copy_of_the_quickstart_that_may_be_changed(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(lab.subprocess, "call", lambda command: calls.append(command) or 0)

    assert main(["lab"]) == 0

    copied = (tmp_path / "00_quickstart.ipynb").read_text(encoding="utf-8")
    assert copied == quickstart.alone(quickstart.quickstart().read_text(encoding="utf-8"))
    assert "01_prompt_builder" not in copied, "it does not lie beside the copy"
    assert calls[0][1:3] == ["-m", "jupyterlab"]
    assert "00_quickstart.ipynb" in calls[0]


def test_lab_opens_what_is_named_and_passes_options_on(tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(lab.subprocess, "call", lambda command: calls.append(command) or 3)
    (tmp_path / "mine.ipynb").write_text("{}")

    assert main(["lab", "mine.ipynb", "--", "--no-browser"]) == 3
    assert calls[0][-2:] == ["mine.ipynb", "--no-browser"]


def test_lab_on_a_missing_notebook_says_so(capsys):
    assert main(["lab", "nowhere.ipynb"]) == 1
    assert "nowhere.ipynb" in capsys.readouterr().err


def small_notebook(tmp_path, monkeypatch, *cells: str) -> None:
    """Let the demo run a notebook of our own, on a model of our own."""
    path = tmp_path / "small.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells]), path)
    monkeypatch.setattr(demo, "quickstart", lambda: path)
    put_model(tmp_path, monkeypatch)
    monkeypatch.setattr(demo.Registry, "ensure_default_chat", lambda self, **_: self.ensure("own"))


FAKE = "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit\nkit = FakeKit(['It sorts.'])"


@pytest.mark.slow
def test_demo_shows_the_answers_and_where_the_results_are(tmp_path, monkeypatch, capfd):
    small_notebook(tmp_path, monkeypatch, FAKE, "%%racto --model kit\nWhat does an index do?")

    assert main(["demo", "--output", "out"]) == 0

    out = capfd.readouterr().out
    assert ">>> What does an index do?\nIt sorts." in out
    assert str(tmp_path / "out" / "00_quickstart.ipynb") in out
    assert "It sorts." in (tmp_path / "out" / "00_quickstart.html").read_text()
    assert not list((tmp_path / "out").glob("*.partial"))


@pytest.mark.slow
def test_demo_with_a_failing_cell_keeps_the_notebook_up_to_there(tmp_path, monkeypatch, capfd):
    small_notebook(tmp_path, monkeypatch, FAKE, "%%racto --model kitt\nHello")

    assert main(["demo", "--output", "out"]) == 1

    assert "ModelNotFoundError" in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["00_quickstart.failed.ipynb"]
