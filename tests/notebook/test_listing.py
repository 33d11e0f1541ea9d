"""The table of models: what can be used now comes first, what is shut down is left out unless asked for."""

from __future__ import annotations

from datetime import date

import pytest

from racto_nb.exceptions import ProviderNotFoundError, UsageError
from racto_nb.notebook.display.tables import Table, table_bundle
from racto_nb.notebook.magics import listing
from racto_nb.notebook.magics.listing import listed, model_table
from racto_nb.providers.directory import PROVIDERS, ProviderEntry
from racto_nb.testing import FakeKit


@pytest.fixture(autouse=True)
def _a_day_and_no_key(tmp_path, monkeypatch):
    monkeypatch.setattr(listing, "this_day", lambda: date(2026, 11, 21))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def row(table: Table, name: str) -> dict[str, str]:
    (cells,) = (cells for cells in table.rows if cells[0].removesuffix(" ←") == name)
    return dict(zip(table.heads, cells, strict=True))


def own_file(tmp_path, monkeypatch, text: str) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(text)
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(path))


def test_a_row_tells_limits_price_and_state():
    found = row(model_table("openai", {}), "openai:gpt-6-luna")

    assert found == {
        "model": "openai:gpt-6-luna",
        "kind": "chat",
        "window": "1,050,000",
        "answer": "128,000",
        "in / out": "$0.10 / $0.50 *",
        "state": "needs a key",
        "about": "The cheapest.",
    }


def test_prices_carry_their_day_and_their_source():
    caption = model_table("openai", {}).caption

    assert "US dollars for a million tokens read / written, on 2026-11-21, by genai-prices " in caption
    assert "* Long prompts cost more." in caption


def test_a_key_that_is_set_is_told_and_never_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    table = model_table("openai", {})

    assert row(table, "openai:gpt-6-luna")["state"] == "key set"
    assert "sk-very-secret" not in str(table_bundle(table))


def test_a_blank_key_is_missing(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "  ")

    assert "needs a key" in row(model_table("openai", {}), "openai:gpt-6-luna")["state"]


def test_a_coming_shut_down_stands_beside_the_state():
    table = model_table("openai", {})

    assert row(table, "openai:gpt-4o")["state"] == "needs a key, until 2027-01-14 → gpt-6-luna"


def test_what_is_shut_down_is_counted_and_listed_last_on_demand():
    current, every = model_table("openai", {}), model_table("openai all", {})
    gone = len(every.rows) - len(current.rows)

    assert "openai:gpt-4" not in [cells[0] for cells in current.rows]
    assert f"%racto models openai all: {gone} more, which are shut down." in current.caption
    assert row(every, "openai:gpt-4")["state"] == "retired 2026-10-23 → gpt-5.6-sol"
    assert all("retired" in " ".join(cells) for cells in every.rows[-gone:])
    assert "more, which are" not in every.caption


def test_what_can_be_used_now_comes_first(monkeypatch):
    states = [dict(zip(table.heads, cells, strict=True))["state"] for table in [model_table("", {})] for cells in table.rows]
    assert states[-1].startswith("needs a key")

    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    table = model_table("", {})
    assert table.rows[0][0] == "openai:gpt-6-luna"
    assert row(table, "embedded:smollm2-135m")["state"] == "to download"
    names = [cells[0].partition(":")[0] for cells in table.rows]
    assert names.index("openai") < names.index("embedded") < names.index("anthropic")


def test_without_a_key_only_the_model_to_begin_with_is_listed_among_all():
    table = model_table("", {})
    names = [cells[0] for cells in table.rows]

    assert [name for name in names if name.startswith("openai:")] == ["openai:gpt-6-luna"]
    others = len(model_table("openai", {}).rows) - 1
    assert f"%racto models openai: {others} more, which need a key." in table.caption
    assert len(model_table("all", {}).rows) > len(names) + others


def test_models_of_this_machine_are_free():
    table = model_table("embedded", {})

    assert row(table, "embedded:smollm2-135m")["in / out"] == "free"
    assert row(table, "embedded:smollm2-135m")["window"] == "8,192"
    assert "Prices" not in table.caption


def test_kits_of_the_notebook_are_listed_among_all_and_the_used_one_is_marked():
    table = model_table("", {"mine": FakeKit(["x"]), "_hidden": FakeKit(["x"]), "n": 3}, used="mine")

    assert row(table, "mine")["kind"] == "kit"
    assert "mine ←" in [cells[0] for cells in table.rows]
    assert "_hidden" not in [cells[0] for cells in table.rows]
    assert table.caption.startswith("Cells without --model use mine.")
    assert "mine" not in [cells[0] for cells in model_table("embedded", {"mine": FakeKit(["x"])}).rows]


def test_the_users_own_facts_are_shown(tmp_path, monkeypatch):
    own_file(
        tmp_path,
        monkeypatch,
        '[openai.own]\nnote = "ours"\nprice = { input = 0.0375, output = 1200 }\n[openai.gift]\nprice = { input = 0 }\n'
        '[openai.odd]\ngone = true\n[openai."gpt-6-luna"]\nwindow = 77\n',
    )
    table = model_table("openai", {})

    assert row(table, "openai:own")["in / out"] == "$0.0375 / $1,200.00"
    assert row(table, "openai:own")["about"] == "ours"
    assert row(table, "openai:gift")["in / out"] == "free"
    assert row(table, "openai:gpt-6-luna")["window"] == "77"
    assert row(model_table("openai all", {}), "openai:odd")["state"] == "retired"
    assert row(table, "openai:gpt-6.2-sol")["in / out"] == "price unknown"


def test_a_wrong_file_of_the_users_is_named(tmp_path, monkeypatch):
    own_file(tmp_path, monkeypatch, "[openai.own]\nwindw = 1\n")

    with pytest.raises(UsageError, match=r"catalog\.toml', table \[openai\.\"own\"\]: there is no field 'windw'"):
        model_table("openai", {})


def test_a_wrong_provider_is_told_with_the_nearest():
    with pytest.raises(ProviderNotFoundError, match="Did you mean 'openai'"):
        model_table("opnai", {})


@pytest.mark.parametrize("words", ["openai embedded", "openai all now", "all openai"])
def test_more_words_are_told_how_to_write_it(words):
    with pytest.raises(UsageError, match=r"Write `%racto models \[PROVIDER\] \[all\]`"):
        model_table(words, {})


def test_hints_say_what_the_user_writes():
    assert "racto-nb models list openai all: " in model_table("openai", {}, line="racto-nb models list").caption


@pytest.fixture
def server(monkeypatch) -> ProviderEntry:
    """A provider of which the catalogue knows no model, and whose kit is not here."""
    entry = ProviderEntry("ollama", "racto_nb.no_such_kit", "ollama", "qwen3:4b", "a server", PROVIDERS["ollama"].wire)
    monkeypatch.setitem(PROVIDERS, "ollama", entry)
    return entry


def test_a_provider_without_known_models_says_so(server):
    table = model_table("ollama", {})

    assert list(table.rows) == []
    assert "No model of ollama is in the catalogue" in table_bundle(table)["text/plain"]


def test_the_short_listing_has_current_models_and_says_whether_they_can_be_used(monkeypatch):
    names = [model.name for model in listed(PROVIDERS["openai"])]
    assert "gpt-6-luna" in names
    assert "gpt-4" not in names
    assert not any(model.ready for model in listed(PROVIDERS["openai"]))

    monkeypatch.setenv("OPENAI_API_KEY", "sk")
    assert all(model.ready for model in listed(PROVIDERS["openai"]))
    assert {model.name for model in listed(PROVIDERS["embedded"])} >= {"smollm2-135m"}
