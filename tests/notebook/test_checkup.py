"""What the doctor looks at, and what it never shows."""

from pathlib import Path

import pytest

from racto_nb.notebook import checkup
from racto_nb.notebook.checkup import KEYS, SETTINGS, Finding, findings


def by_name(environment: dict[str, str] | None = None) -> dict[str, Finding]:
    return {found.what: found for found in findings(environment)}


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_set_or_not_and_its_value_is_never_shown(key: str):
    found = findings({key: "sk-secret"})
    assert "sk-secret" not in repr(found)
    states = {item.what: item.state for item in found if item.what in KEYS}
    assert states == {name: "set" if name == key else "not set" for name in KEYS}


def test_an_empty_key_is_not_set():
    assert by_name({"OPENAI_API_KEY": ""})["OPENAI_API_KEY"].state == "not set"


def test_settings_are_shown_where_they_are_set():
    found = by_name({"RACTO_DISPLAY": "static"})
    assert found["RACTO_DISPLAY"].state == "static"
    assert set(SETTINGS) & set(found) == {"RACTO_DISPLAY"}


@pytest.mark.parametrize(
    "address", ["https://me:secret@hub.example/api", "https://secret@hub.example", "https://a:sec@secret@hub.example"]
)
def test_a_password_in_an_address_is_left_out(address: str):
    shown = by_name({"HF_ENDPOINT": address})["HF_ENDPOINT"].state
    assert "secret" not in shown
    assert shown.startswith("https://…@hub.example")


def test_an_address_without_a_password_is_shown_whole():
    assert by_name({"HF_ENDPOINT": "https://hub.example/a@b"})["HF_ENDPOINT"].state == "https://hub.example/a@b"


def test_versions_are_found_and_what_is_missing_gets_its_pip_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checkup, "LIBRARIES", {"ipython": "", "no-such-library-anywhere": "embedded", "nor-this": ""})
    found = by_name({})
    assert found["ipython"].state[0].isdigit()
    assert found["no-such-library-anywhere"] == Finding(
        "no-such-library-anywhere", "not installed", "pip install 'racto-nb[embedded]'"
    )
    assert found["nor-this"].advice == "pip install 'racto-nb'"


@pytest.mark.parametrize("content", [None, "this is = = not toml", "[models.x]\nkind = 'song'\n", b"\xff\xfe"])
def test_a_wrong_table_of_models_is_reported_and_not_raised(
    content: str | bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "models.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("RACTO_MODELS_FILE", str(path))
    found = by_name()
    assert found["embedded models"].state == "cannot be listed"
    assert "models.toml" in found["embedded models"].advice
    assert found["python"].state


def test_without_any_model_the_advice_is_to_download_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("RACTO_MODELS_FILE", raising=False)
    found = by_name()["embedded models"]
    assert found.state.startswith("0 of ")
    assert found.advice == "racto-nb models download"
