"""The user's own catalogue file: what is right goes on top, what is wrong is named."""

from __future__ import annotations

import contextlib
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.providers.catalog import catalogue
from racto_nb.providers.catalog.catalogue import catalog_file
from racto_nb.providers.catalog.entries import entries_from


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(path))
    return path


def test_an_entry_overrides_field_by_field(own):
    own.write_text(
        '[openai."gpt-6-luna"]\nwindow = 5\nunable = ["tools"]\nprice = { input = 0.10, output = 4.5, as_of = 2026-11-01 }\n'
    )

    facts = catalogue().facts("openai", "gpt-6-luna")

    assert (facts.abilities.window, facts.abilities.output_limit) == (5, 128_000)
    assert (facts.abilities.tools, facts.abilities.images) == (False, True)
    assert (facts.price.input, facts.price.output, facts.price.as_of) == (Decimal("0.10"), Decimal("4.5"), date(2026, 11, 1))
    assert catalogue().cost("openai", "gpt-6-luna", {"prompt_tokens": 10}) == Decimal("0.000001")


def test_a_model_of_any_provider_can_be_added_and_the_others_stay(own):
    own.write_text('[ollama."qwen3:4b"]\nable = ["tools"]\n[openai."our/model"]\nwindow = 9\naliases = ["prod"]\n')
    known = catalogue()

    assert known.facts("ollama", "qwen3:4b").abilities.tools is True
    assert known.facts("openai", "prod").abilities.window == 9
    assert "gpt-6-luna" in known.names("openai")
    assert known.cost("openai", "our/model", {"prompt_tokens": 10}) is None


def test_an_alias_of_the_users_does_not_take_away_ours(own):
    own.write_text('[openai."gpt-5.6-sol"]\naliases = ["boss"]\n')

    assert catalogue().facts("openai", "boss").abilities == catalogue().facts("openai", "gpt-5.6").abilities
    assert catalogue().cost("openai", "boss", {"prompt_tokens": 10}) == catalogue().cost(
        "openai", "gpt-5.6-sol", {"prompt_tokens": 10}
    )


def test_a_changed_file_is_read_again_and_an_unchanged_one_is_not(own):
    own.write_text("[openai.a]\nwindow = 1\n")
    first = catalogue()
    assert catalogue() is first

    own.write_text("[openai.a]\nwindow = 22\n")
    assert catalogue().facts("openai", "a").abilities.window == 22

    own.write_text("")
    assert catalogue().facts("openai", "a") is None


def test_the_default_file_may_be_missing_and_a_named_one_may_not(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("RACTO_CATALOG_FILE", raising=False)
    path, required = catalog_file(os.environ)
    assert not required
    assert catalogue().names("openai")

    if path.is_relative_to(tmp_path):  # not on every system
        path.parent.mkdir(parents=True)
        path.write_text("[openai.mine]\n")
        assert "mine" in catalogue().names("openai")

    monkeypatch.setenv("RACTO_CATALOG_FILE", str(tmp_path / "nowhere.toml"))
    with pytest.raises(UsageError, match=r"nowhere\.toml' cannot be read: No such file"):
        catalogue()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "'x' is no provider of the catalogue. Known: anthropic, google"),
        ("[openia.a]", "'openia' is no provider of the catalogue. Did you mean 'openai'?"),
        ("openai = 3", "'openai': a table for each model is expected, [openai.\"NAME\"], found 3"),
        ("[openai]\na = 5", 'table [openai."a"]: a table of fields is expected, found 5'),
        ('[openai.""]', "the model has no name"),
        ("[openai.gpt-4.1]\nwindow = 1", "no field '1'. A name with a dot in it stands in quotes: [openai.\"gpt-4.1\"]"),
        ("[openai.a]\nwindw = 1", "table [openai.\"a\"]: there is no field 'windw'. Did you mean 'window'?"),
        ('[openai.a]\nwindow = "1"', "field 'window': a whole number of at least 1 is expected, found '1'"),
        ("[openai.a]\nwindow = 0", "found 0"),
        ("[openai.a]\nwindow = true", "found True"),
        ("[openai.a]\nwindow = 1.5", "found 1.5"),
        ('[openai.a]\nkind = "chta"', "field 'kind': 'chat' or 'embedding' is expected, found 'chta'"),
        ("[openai.a]\nkind = [1]", "found [1]"),
        ('[openai.a]\nable = ["vision"]', "field 'able': 'vision' is no ability. Write one of: json_schema, tools"),
        ('[openai.a]\nable = "tools"', "field 'able': a list of texts is expected, found 'tools'"),
        ("[openai.a]\nunable = [[]]", "field 'unable': a list of texts"),
        ('[openai.a]\nable = ["tools"]\nunable = ["tools"]', "field 'unable': 'tools' stands in 'able' too"),
        ("[openai.a]\nprice = 3", "field 'price': a table { input = 0.10, output = 0.50 } is expected, found 3"),
        ("[openai.a]\nprice = { output = 1 }", "field 'price.input': is missing"),
        ("[openai.a]\nprice = { input = -1 }", "field 'price.input': a number of dollars of at least 0 is expected, found -1"),
        ("[openai.a]\nprice = { input = nan }", "found NaN"),
        ("[openai.a]\nprice = { input = inf }", "found Infinity"),
        ('[openai.a]\nprice = { input = "1" }', "found '1'"),
        ("[openai.a]\nprice = { inptu = 1 }", "there is no field 'price.inptu'. Did you mean 'price.input'"),
        ('[openai.a]\nretires = "2027-01-14"', "field 'retires': a day such as 2027-01-14, without quotes, is expected"),
        ("[openai.a]\nretires = 2027-01-14T00:00:00", "found 2027-01-14 00:00:00"),
        ("[openai.a]\ngone = 1", "field 'gone': true or false is expected, found 1"),
        ("[openai.a]\naliases = [1]", "field 'aliases': a list of texts is expected, found [1]"),
        ("[openai.a]\nnote = ' '", "field 'note': a text of at most 300 characters is expected"),
        ("[openai:a]", "is not TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_file_table_and_field(own, text, words):
    own.write_text(text)

    with pytest.raises(UsageError) as caught:
        catalogue()

    assert words in str(caught.value)
    assert str(own) in str(caught.value)


def test_a_file_that_is_not_text_and_a_folder_are_refused(own):
    own.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8 text"):
        catalogue()

    own.unlink()
    own.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        catalogue()


values = st.one_of(
    st.integers(), st.floats(), st.text(max_size=8), st.booleans(), st.just("2027-01-14"), st.just("[]"), st.just("{}")
)


@given(
    st.text(max_size=200)
    | st.builds("[openai.a]\n{} = {}".format, st.sampled_from(["window", "price", "able", "retires"]), values)
)
def test_any_text_is_read_or_refused_with_its_file(text):
    with contextlib.suppress(UsageError):
        entries_from(text, where="any.toml", providers=["openai"])
