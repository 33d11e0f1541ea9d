"""The doctor on settings: a value that makes calls or cells fail is marked, and a config of IPython is read as IPython reads it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from racto_nb.exceptions import UsageError
from racto_nb.notebook.checkup import findings
from racto_nb.notebook.checkup.finding import Finding
from racto_nb.notebook.checkup.settings import setting_findings
from racto_nb.notebook.lazily import config_path, switch_on
from racto_nb.providers.embedded.settings import settings_from
from racto_nb.replay.blocks import recording_from
from racto_nb.replay.file import HEADER

LAZILY = "%%racto without %load_ext"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))


def of(name: str, environment: dict[str, str]) -> Finding:
    (found,) = [found for found in setting_findings(environment) if found.what == name]
    return found


@pytest.mark.parametrize(
    ("name", "value", "near"),
    [
        ("RACTO_DISPLAY", "statc", "static"),
        ("RACTO_REPLAY", "replai", "replay"),
        ("RACTO_REPLAY", "recrod:answers.jsonl", "record"),
        ("RACTO_DOWNLOAD", "nevr", "never"),
        ("RACTO_TELEMETRY", "contents", "content"),
    ],
)
def test_a_word_that_fails_calls_is_found_with_the_nearest(name: str, value: str, near: str):
    found = of(name, {name: value})
    assert (found.wrong, f"Did you mean {near!r}" in found.advice) == (True, True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RACTO_REPLAY", "off"),
        ("RACTO_REPLAY", " auto : answers.jsonl"),
        ("RACTO_REPLAY", "replay"),  # which file that is depends on the notebook
        ("RACTO_REPLAY", "replay:answers.jsonl"),
        ("RACTO_DOWNLOAD", " NEVER "),
        ("RACTO_TELEMETRY", " On "),
        ("RACTO_LEDGER", "OFF"),
        ("RACTO_LEDGER", ":memory:"),
        ("RACTO_LEDGER", "ledger"),
        ("RACTO_CACHE_DIR", "not/yet"),
        ("RACTO_REPLAY_FILE", "answers.jsonl"),
        ("HF_HUB_OFFLINE", "1"),
    ],
)
def test_a_setting_that_can_be_followed_is_shown(name: str, value: str):
    assert of(name, {name: value}) == Finding(name, value)


@pytest.mark.parametrize(("variable", "works"), [("RACTO_REPLAY", recording_from), ("RACTO_DOWNLOAD", None)])
@pytest.mark.parametrize("value", ["off", "replay", "auto", "record", "never", "NEVER", "x", "replay:a", ":a", " ", "Replay"])
def test_what_is_marked_is_what_fails(variable: str, works, value: str):
    try:
        works(value) if works else settings_from({variable: value})
    except UsageError:
        fails = True
    else:
        fails = False
    assert of(variable, {variable: value}).wrong is fails


@pytest.mark.parametrize("name", ["RACTO_CATALOG_FILE", "RACTO_MODELS_FILE"])
def test_a_file_that_is_not_there_is_found(tmp_path: Path, name: str):
    there = tmp_path / "there.toml"
    there.touch()
    assert of(name, {name: str(tmp_path / "none.toml")}).state == f"{str(tmp_path / 'none.toml')!r} does not exist"
    assert of(name, {name: str(tmp_path)}).state == f"{str(tmp_path)!r} is a folder"
    assert of(name, {name: "x" * 5000}).wrong
    assert not of(name, {name: str(there)}).wrong


@pytest.mark.parametrize("name", ["RACTO_CACHE_DIR", "RACTO_BATCH_DIR", "RACTO_LEDGER"])
def test_a_file_in_the_place_of_a_folder_is_found(tmp_path: Path, name: str):
    (tmp_path / "file").touch()
    for value in ("file", str(tmp_path / "file" / "below")):
        assert of(name, {name: value}).wrong


def test_a_recording_that_is_not_there_is_found_where_it_must_be(tmp_path: Path):
    none = str(tmp_path / "none.jsonl")
    for environment in ({"RACTO_REPLAY": f"replay:{none}"}, {"RACTO_REPLAY": "replay", "RACTO_REPLAY_FILE": none}):
        assert "does not exist" in of("RACTO_REPLAY", environment).state
    assert not of("RACTO_REPLAY", {"RACTO_REPLAY": f"auto:{none}"}).wrong
    assert of("RACTO_REPLAY", {"RACTO_REPLAY": f"auto:{tmp_path}"}).wrong
    assert of("RACTO_REPLAY_FILE", {"RACTO_REPLAY_FILE": str(tmp_path)}).wrong


@pytest.mark.parametrize("name", ["RACTO_CACHE_DIR", "RACTO_LEDGER", "RACTO_CATALOG_FILE"])
def test_the_home_of_somebody_whom_nobody_knows_is_found(name: str):
    assert "not known here" in of(name, {name: "~nobody-at-all/here"}).state


def test_a_recording_that_is_none_or_cannot_be_made_is_found(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("nothing\n")
    assert "is no recording" in of("RACTO_REPLAY", {"RACTO_REPLAY": "auto:notes.txt"}).state
    assert "is a file" in of("RACTO_REPLAY", {"RACTO_REPLAY": "auto:notes.txt/answers.jsonl"}).state
    (tmp_path / "answers.jsonl").write_bytes(HEADER)
    assert not of("RACTO_REPLAY", {"RACTO_REPLAY": "auto:answers.jsonl"}).wrong


def test_a_folder_without_the_right_to_write_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "cannot be written" in of("RACTO_LEDGER", {"RACTO_LEDGER": "ledger"}).state


def test_a_key_that_came_into_another_variable_is_not_shown():
    key = "sk-proj-Ab3dEf6h1JkLmNoPq"
    environment = {
        "RACTO_DISPLAY": f"live OPENAI_API_KEY={key}", "HF_HUB_OFFLINE": f"1 HF_TOKEN={key}", "RACTO_CACHE_DIR": key,
        "OPENAI_API_KEY": key,
    }  # fmt: skip
    told = [(found.state, found.advice) for found in findings(environment)]
    assert key not in str(told)
    assert ("live OPENAI_API_KEY=…" in str(told), "[OPENAI_API_KEY]" in str(told)) == (True, True)
    assert key not in str(setting_findings({name: environment[name] for name in ("RACTO_DISPLAY", "HF_HUB_OFFLINE")}))


def test_tracing_without_its_library_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert of("RACTO_TELEMETRY", {"RACTO_TELEMETRY": "on"}).advice == "pip install 'racto-nb[telemetry]'"
    assert not of("RACTO_TELEMETRY", {"RACTO_TELEMETRY": "off"}).wrong


def lazily() -> Finding:
    (found,) = [found for found in findings({}) if found.what == LAZILY]
    return found


def config(text: str, *, user: bool = True, name: str = "ipython_config.py") -> Path:
    path = config_path(user=user).with_name(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["ipython_config.py", "ipython_kernel_config.py"])
@pytest.mark.parametrize(
    "text",
    [
        'c.InteractiveShellApp.extensions = ["autoreload", "racto_nb"]',
        "c = get_config()\nc.InteractiveShellApp.extensions.append('racto_nb')",
        "get_config().IPKernelApp.extensions += ['racto_nb']",
        "c.InteractiveShellApp.extra_extensions.extend(('racto_nb',))",
        "c.InteractiveShellApp.extensions: list = ['racto_nb']",
        "if True:\n    c.InteractiveShellApp.extensions = ['racto_nb']",
    ],
)
def test_a_config_that_loads_racto_nb_is_told_as_on(text: str, name: str):
    path = config(text, name=name)
    assert lazily() == Finding(LAZILY, f"on: {path} loads racto_nb when IPython starts")


def test_a_config_in_json_that_loads_racto_nb_is_told_as_on():
    path = config(json.dumps({"InteractiveShellApp": {"extensions": ["racto_nb"]}}), name="ipython_config.json")
    assert lazily().state == f"on: {path} loads racto_nb when IPython starts"


def test_a_config_in_json_that_loads_a_namesake_is_off():
    config(json.dumps({"InteractiveShellApp": {"extensions": ["racto_nb_helper"]}}), name="ipython_config.json")
    assert lazily().state == "off"


@pytest.mark.parametrize(
    "text",
    [
        "# c.InteractiveShellApp.extensions = ['racto_nb']",
        "c.InteractiveShellApp.extensions = ['racto_nb_other']",
        "c.InteractiveShellApp.extensions = ['racto_nb']\nc.InteractiveShellApp.extensions = []",
        "c.InteractiveShellApp.extensions.remove('racto_nb')",
        "c.InteractiveShellApp.extensions = ['racto_nb']\nc.InteractiveShellApp.extensions.remove('racto_nb')",
        "c.InteractiveShellApp.extensions = ['racto_nb']\ndel c.InteractiveShellApp.extensions",
        "def load():\n    c.InteractiveShellApp.extensions = ['racto_nb']",
        "extensions = ['racto_nb']",
    ],
)
def test_a_config_that_does_not_load_it_is_off(text: str):
    config(text)
    assert lazily().state == "off"


def test_a_config_read_later_takes_the_extension_away():
    config("c.InteractiveShellApp.extensions = ['racto_nb']", user=False)
    assert lazily().state.startswith("on: ")
    config("c.InteractiveShellApp.extensions = ['autoreload']", user=True)
    assert lazily().state == "off"


@pytest.mark.parametrize(
    ("text", "name", "where"),
    [
        ("a = 1\nc.InteractiveShellApp.extensions = ['racto_nb'", "ipython_config.py", " (line 2)"),
        ("x\0", "ipython_config.py", ""),
        ("{", "ipython_config.json", " (line 1)"),
        ("=", "ipython_kernel_config.py", " (line 1)"),
        ("[" * 100_000, "ipython_config.json", ""),
    ],
)
def test_a_config_that_cannot_be_read_is_told_as_broken(text: str, name: str, where: str):
    switch_on(config_path(user=False))
    path = config(text, name=name)
    found = lazily()
    assert found.wrong
    assert found.state == f"cannot be told: {path} cannot be read{where}, and IPython reads nothing of it either"
