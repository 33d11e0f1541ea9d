"""Cells that keep answers and find them again: `--cache`, `--fresh`, `%racto cache`, and what the footer says of them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from in_process_notebook import Notebook

from racto_nb.cache import ExactMatchCache
from racto_nb.exceptions import UnreadableFileError, UsageError
from racto_nb.models import ChatConfig
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.notebook.magics.verbs import CACHE_VERBS
from racto_nb.testing import FakeKit, FakeReply


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache directory."""
    place = tmp_path / "cache"
    monkeypatch.setenv("RACTO_CACHE_DIR", str(place))
    return place


@pytest.fixture
def kit(notebook: Notebook) -> FakeKit:
    notebook["kit"] = FakeKit(["one", "two", "three", "four"])
    yield notebook["kit"]
    magics(notebook).close()


def magics(notebook: Notebook) -> RactoMagics:
    return notebook.shell.magics_manager.registry["RactoMagics"]


def ask(notebook: Notebook, line: str = "--cache", body: str = "a question") -> Any:
    notebook.ok(f"%%racto --model kit {line}\n{body}")
    return notebook["_racto"]


def test_a_cell_with_cache_that_is_run_again_shows_the_answer_of_before(notebook: Notebook, kit: FakeKit, folder: Path):
    first, second = ask(notebook), ask(notebook)
    assert (first.text, second.text, len(kit.calls)) == ("one", "one", 1)
    assert (first.origin, first.age, second.origin) == ("fresh", None, "exact")
    assert "one" in notebook.text
    assert second.cost == 0.0
    assert second.footer.endswith(" · $0 · exact, 0 s old")
    assert (folder / "answers.sqlite3").exists()


def test_the_answer_is_there_in_the_next_session(notebook: Notebook, kit: FakeKit):
    ask(notebook)
    magics(notebook).close()
    magics(notebook)._session = None
    assert ask(notebook).origin == "exact"


@pytest.mark.parametrize("more", ["--no-stream", "--quiet", "--history talk", "--json", "--system 'Be brief.'"])
def test_other_options_go_along(notebook: Notebook, more: str):
    notebook["kit"] = FakeKit(['{"a": 1}', "wrong"])
    ask(notebook, f"--cache {more}")
    notebook.ok("%racto reset")
    again = ask(notebook, f"--cache {more}")
    assert (again.text, again.origin) == ('{"a": 1}', "exact")


def test_a_cell_without_cache_asks(notebook: Notebook, kit: FakeKit, folder: Path):
    assert [ask(notebook, "").text for _ in range(2)] == ["one", "two"]
    assert not folder.exists()


def test_a_cell_with_fresh_asks_and_keeps_the_new_answer(notebook: Notebook, kit: FakeKit):
    answers = [ask(notebook), ask(notebook, "--cache --fresh"), ask(notebook)]
    assert [(answer.text, answer.origin) for answer in answers] == [("one", "fresh"), ("two", "fresh"), ("two", "exact")]


def test_fresh_passes_by_the_cache_of_a_kit_too(notebook: Notebook):
    notebook["kit"] = FakeKit(["one", "two"]).with_exact_cache(ExactMatchCache())
    assert [ask(notebook, line).text for line in ("", "", "--fresh", "")] == ["one", "one", "two", "two"]


@pytest.mark.parametrize("where", ["memory", "disk", "own"])
def test_the_setting_makes_all_cells_use_a_cache(notebook: Notebook, kit: FakeKit, tmp_path: Path, folder: Path, where: str):
    place = str(tmp_path / "own.sqlite3") if where == "own" else where
    notebook.ok(f"%config RactoMagics.cache = {place!r}")
    assert [ask(notebook, "").text for _ in range(2)] == ["one", "one"]
    assert (tmp_path / "own.sqlite3").exists() == (where == "own")
    assert folder.exists() == (where == "disk")


def test_a_kit_with_a_cache_of_its_own_keeps_it_unless_the_cell_says_otherwise(notebook: Notebook):
    own = ExactMatchCache()
    notebook["kit"] = FakeKit(["one", "two"]).with_exact_cache(own)
    notebook.ok("%config RactoMagics.cache = 'memory'")
    ask(notebook, "")
    assert len(own) == 1
    assert ask(notebook, "--cache").text == "two"


def test_several_models_answer_from_the_cache(notebook: Notebook):
    notebook["a"], notebook["b"] = FakeKit(["from a"], model="a"), FakeKit(["from b"], model="b")
    for _ in range(2):
        notebook.ok("%%racto --model a --model b --cache\nwho?")
    results = notebook["_racto"]
    assert [(results[name].text, results[name].origin) for name in "ab"] == [("from a", "exact"), ("from b", "exact")]


def test_an_answer_that_fails_its_cell_is_not_kept(notebook: Notebook):
    notebook["kit"] = FakeKit([FakeReply(("half an",), finish_reason="length"), "whole"])
    assert notebook.run("%%racto --model kit --cache\na question") is not None
    assert ask(notebook).text == "whole"


def test_a_sampled_answer_and_a_cache_contradict_each_other(notebook: Notebook, kit: FakeKit):
    error = notebook.run("%%racto --model kit --cache --temperature 0.7\na question")
    assert isinstance(error, UsageError)
    assert "--cache gives one answer again" in str(error)
    assert kit.calls == []
    ask(notebook, "--cache --temperature 0")


def test_racto_cache_tells_what_is_kept_and_where(notebook: Notebook, kit: FakeKit, folder: Path):
    notebook.ok("%racto cache")
    assert "none yet" in notebook.text
    assert not folder.exists()
    for _ in range(4):
        ask(notebook)
    notebook.ok("%racto cache")
    told = notebook.text
    assert str(folder / "answers.sqlite3") in told
    assert "3 of 4 found (75%)" in told
    assert "MB" in told
    assert "use none, but with --cache" in told


def test_racto_cache_on_and_off(notebook: Notebook, kit: FakeKit):
    notebook.ok("%racto cache on")
    assert magics(notebook).cache == "disk"
    assert [ask(notebook, "").text for _ in range(2)] == ["one", "one"]
    notebook.ok("%racto cache")
    assert "RactoMagics.cache is 'disk'" in notebook.text
    notebook.ok("%racto cache off")
    assert ask(notebook, "").text == "two"
    assert ask(notebook, "--cache").text == "one"


def test_racto_cache_on_keeps_the_place_that_was_set(notebook: Notebook, kit: FakeKit):
    notebook.ok("%config RactoMagics.cache = 'memory'")
    notebook.ok("%racto cache on")
    assert magics(notebook).cache == "memory"
    ask(notebook, "")
    notebook.ok("%racto cache")
    assert "memory" in notebook.text
    notebook.ok("%racto cache purge")
    assert "0 of 1" in notebook.text


def test_racto_cache_clear_and_purge(notebook: Notebook, kit: FakeKit):
    for verb in ("clear", "purge"):
        notebook.ok(f"%racto cache {verb}")
        assert "no answer to remove" in notebook.text
    ask(notebook)
    notebook.ok("%racto cache purge")
    assert "0 of 1 answers" in notebook.text
    notebook.ok("%racto cache clear")
    assert "Removed: 1 answer." in notebook.text
    assert ask(notebook).text == "two"


def test_an_unknown_verb_of_the_cache_is_told_with_the_nearest(notebook: Notebook):
    with pytest.raises(UsageError, match="Did you mean 'clear'"):
        notebook.ok("%racto cache claer")


def test_a_file_that_is_no_cache_fails_the_cell_with_its_name(notebook: Notebook, kit: FakeKit, tmp_path: Path):
    place = tmp_path / "diary.sqlite3"
    with sqlite3.connect(place) as other:
        other.execute("CREATE TABLE diary (day TEXT)")
    other.close()
    notebook.ok(f"%config RactoMagics.cache = {str(place)!r}")
    error = notebook.run("%%racto --model kit\na question")
    assert isinstance(error, UnreadableFileError)
    assert "diary.sqlite3" in str(error)


def test_tab_knows_the_options_and_the_verbs(notebook: Notebook):
    from racto_nb.notebook.completing.offering import offered

    def texts(cell: str) -> list[str]:
        return offered(cell, len(cell), notebook.shell).texts

    assert texts("%%racto --cac") == ["--cache"]
    assert texts("%%racto --fre") == ["--fresh"]
    assert texts("%racto cac") == ["cache"]
    assert texts("%racto cache ") == list(CACHE_VERBS)
    assert texts("%racto cache p") == ["purge"]


def test_answers_of_kits_in_code_and_of_cells_are_the_same_questions(notebook: Notebook, kit: FakeKit):
    notebook.ok("%config RactoMagics.cache = 'memory'")
    cached = kit.with_exact_cache(magics(notebook).session.caches.cache("memory"))
    cached.chat(ChatConfig(user_message="a question"))
    assert ask(notebook, "").origin == "exact"
