"""`racto-nb models` and `racto-nb models list`: all providers, one, with what is shut down."""

from __future__ import annotations

import pytest

from racto_nb.command_line import main


@pytest.fixture(autouse=True)
def _nothing_of_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.mark.parametrize("words", [["models"], ["models", "list"]])
def test_all_providers_are_listed_and_where_weights_are_kept(words, tmp_path, capsys):
    assert main(words) == 0

    out = capsys.readouterr().out
    assert "embedded:smollm2-135m" in out
    assert "openai:gpt-6-luna" in out
    assert "racto-nb models list openai: " in out
    assert str(tmp_path / "cache" / "models") in out


def test_one_provider_is_listed(capsys):
    assert main(["models", "list", "openai"]) == 0

    out = capsys.readouterr().out
    assert "openai:gpt-4o" in out
    assert "openai:gpt-4 " not in out
    assert "embedded" not in out.replace("embedding", "")


def test_with_all_also_what_is_shut_down(capsys):
    assert main(["models", "list", "openai", "all"]) == 0
    assert "openai:gpt-4 " in capsys.readouterr().out


def test_a_wrong_provider_is_one_line_with_the_nearest(capsys):
    assert main(["models", "list", "opnai"]) == 1

    error = capsys.readouterr().err
    assert "Did you mean 'openai'" in error
    assert error.count("\n") == 1


def test_more_words_are_told_how_to_write_it(capsys):
    assert main(["models", "list", "openai", "embedded"]) == 1
    assert "racto-nb models list [PROVIDER] [all]" in capsys.readouterr().err


def test_a_wrong_file_of_the_users_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.toml").write_text("[openai.a]\nwindw = 1\n")
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(tmp_path / "mine.toml"))

    assert main(["models", "list", "openai"]) == 1
    assert "'windw'" in capsys.readouterr().err


def test_remove_and_path_still_need_a_name(capsys):
    assert main(["models", "remove"]) == 1
    assert "racto-nb models remove NAME" in capsys.readouterr().err
