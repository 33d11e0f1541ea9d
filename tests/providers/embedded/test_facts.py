"""The built-in cards are consistent data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from racto_nb.providers.embedded.facts import BUILT_IN, DEFAULT_CHAT, DEFAULT_EMBEDDING, FALLBACK_CHAT, ModelCard
from racto_nb.providers.embedded.listing import rows, size_in_words
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.user_models import models_from

FILES = [pytest.param(file, id=file.name) for card in BUILT_IN for file in card.files]


def test_the_defaults_are_cards_of_the_right_kind():
    kinds = {card.name: card.kind for card in BUILT_IN}
    assert (kinds[DEFAULT_CHAT], kinds[FALLBACK_CHAT], kinds[DEFAULT_EMBEDDING]) == ("chat", "chat", "embedding")


def test_names_are_unique():
    assert len({card.name for card in BUILT_IN}) == len(BUILT_IN)


@pytest.mark.parametrize("file", FILES)
def test_every_file_has_a_source_and_a_whole_checksum(file):
    assert file.hub or file.wheels
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)


@pytest.mark.parametrize("file", FILES)
def test_every_hub_revision_is_a_whole_commit(file):
    assert file.hub is None or re.fullmatch(r"[0-9a-f]{40}", file.hub.revision)


def test_built_in_cards_pass_the_check_of_a_users_file(as_toml):
    assert models_from(as_toml(list(BUILT_IN)), where="x") == list(BUILT_IN)


def test_a_cards_size_is_the_sum_of_its_files(make_card):
    embedding = next(card for card in BUILT_IN if card.name == DEFAULT_EMBEDDING)
    assert embedding.size == 22_928_619 + 466_247


def test_the_listing_puts_installed_models_first():
    listed = rows(BUILT_IN, installed={FALLBACK_CHAT})
    assert [(row.name, row.installed) for row in listed] == [
        (FALLBACK_CHAT, True),
        (DEFAULT_CHAT, False),
        ("qwen2.5-coder-1.5b", False),
        (DEFAULT_EMBEDDING, False),
    ]


def test_a_row_says_what_its_card_says():
    card: ModelCard = BUILT_IN[0]
    row = rows([card], installed=())[0]
    assert (row.kind, row.size, row.licence, row.note) == (card.kind, card.size, card.licence, card.note)


@pytest.mark.parametrize(("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (2_500_000_000, "2.50 GB")])
def test_sizes_are_said_in_words(size, words):
    assert size_in_words(size) == words


GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "embedded_models.md"


@pytest.mark.parametrize("card", BUILT_IN, ids=lambda card: card.name)
def test_the_guide_says_how_files_put_there_by_hand_must_be_called(card, settings):
    guide = GUIDE.read_text(encoding="utf-8")
    assert all(f"| `{path.name}` |" in guide for path in Registry(settings).paths_of(card))


def test_the_guides_example_of_a_models_file_is_right():
    example = GUIDE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    assert [card.name for card in models_from(example, where="guide")] == ["house-model"]
