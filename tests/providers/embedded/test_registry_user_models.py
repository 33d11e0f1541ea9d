"""The user's own table of models: what is right is taken as written, what is wrong is named."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.providers.embedded.facts import FALLBACK_CHAT, MEMORY_PER_TOKEN, HubSource, ModelCard, ModelFile, WheelSource
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.user_models import models_from

RIGHT = """
[models.mine]
kind = "chat"
title = "Mine"
licence = "MIT"
window = 4096
default_context = 2048
note = "A note."
memory = 1_000_000

[[models.mine.files]]
name = "mine.gguf"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
size = 10
hub = { repo = "me/mine", revision = "main", path = "folder/mine.gguf" }
"""

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
plain = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
counts = st.integers(1, 2**62)
hubs = st.builds(HubSource, repo=st.builds("{}/{}".format, plain, plain), revision=plain, path=plain)
wheels = st.builds(
    WheelSource, requirements=st.lists(st.builds("{}=={}".format, plain, plain), min_size=1, max_size=3).map(tuple), suffix=words
)


def file_called(ending: str) -> st.SearchStrategy[ModelFile]:
    return st.builds(
        ModelFile,
        name=plain.map(lambda name: name + ending),
        sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
        size=counts,
        hub=st.none() | hubs,
        wheels=st.none() | wheels,
    )


kinds_with_files = st.one_of(
    st.tuples(st.just("chat"), st.tuples(file_called(".gguf"))),
    st.tuples(st.just("embedding"), st.tuples(file_called(".onnx"), file_called(".json"))),
)
cards = st.builds(
    lambda window, share, what, **rest: ModelCard(
        window=window, default_context=max(1, window // share), kind=what[0], files=what[1], **rest
    ),
    what=kinds_with_files,
    window=counts,
    share=st.integers(1, 9),
    name=names,
    title=words,
    licence=words,
    note=words,
    memory=counts,
    memory_per_token=st.integers(0, 2**62),
)


@given(st.lists(cards, max_size=3, unique_by=lambda card: card.name))
def test_what_is_written_is_what_is_read(as_toml, given_cards):
    assert models_from(as_toml(given_cards), where="models.toml") == given_cards


@given(st.text(max_size=200))
def test_any_text_is_either_a_table_or_a_usage_error(text):
    with contextlib.suppress(UsageError):
        assert all(isinstance(card, ModelCard) for card in models_from(text, where="models.toml"))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('licence = "MIT"\n', "", "'licence': is missing"),
        ('kind = "chat"', 'kind = "image"', "'kind'"),
        ("window = 4096", 'window = "4096"', "'window'"),
        ("window = 4096", "window = true", "'window'"),
        ("window = 4096", "window = 100", "'default_context': 2048 is larger than the window"),
        ("memory = 1_000_000", "memory = 0", "'memory'"),
        ("memory = 1_000_000", "memory = 1\nmemory_per_token = -1", "'memory_per_token'"),
        ('kind = "chat"', 'kind = "embedding"', "'files': an embedding model is an ONNX file (.onnx) followed by its tokenizer.json"),
        ('name = "mine.gguf"', 'name = "mine.bin"', "'files': a chat model is one GGUF file (.gguf), found 'mine.bin'"),
        ("note =", "nota =", "'note': is missing"),
        ('note = "A note."', 'note = "A note."\ncolour = "red"', "'colour': is not a field of a model"),
        ('sha256 = "0000', 'sha256 = "XXXX', "'files[0].sha256'"),
        ("size = 10", "size = -1", "'files[0].size'"),
        ('name = "mine.gguf"', 'name = "../mine.gguf"', "'files[0].name'"),
        ('path = "folder/mine.gguf"', 'path = "../mine.gguf"', "'files[0].hub.path'"),
        ('repo = "me/mine"', 'repo = "mine"', "'files[0].hub.repo'"),
        ('revision = "main", ', "", "'files[0].hub.revision': is missing"),
        ("size = 10", 'size = 10\nwheels = { requirements = ["--index-url=x"], suffix = ".x" }', "'files[0].wheels.requirements[0]'"),
        ("size = 10", 'size = 10\nwheels = { requirements = ["mine>=1"], suffix = ".x" }', "'files[0].wheels.requirements[0]'"),
        ("size = 10", 'size = 10\nwheels = { requirements = [], suffix = ".x" }', "'files[0].wheels.requirements'"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_file_and_table(old, new, field):
    assert old in RIGHT
    with pytest.raises(UsageError) as caught:
        models_from(RIGHT.replace(old, new), where="/etc/models.toml")
    assert "'/etc/models.toml', table [models.mine]" in str(caught.value)
    assert field in str(caught.value)


@pytest.mark.parametrize("text", ["[model.mine]\n", "models = 3\n", 'title = "x"\n'])
def test_a_table_in_the_wrong_place_is_named(text):
    with pytest.raises(UsageError, match=r"Each model is a table \[models.NAME\]"):
        models_from(text, where="models.toml")


def test_a_card_that_does_not_tell_what_a_token_needs_gets_the_stated_default():
    assert models_from(RIGHT, where="models.toml")[0].memory_per_token == MEMORY_PER_TOKEN == 32_768


def test_a_name_that_cannot_be_a_file_name_is_refused():
    with pytest.raises(UsageError, match="A name has lower-case letters"):
        models_from(RIGHT.replace("models.mine", 'models."../mine"'), where="models.toml")


def test_what_is_not_toml_is_named_with_its_line():
    with pytest.raises(UsageError, match=r"'models.toml' is not TOML.*line 2"):
        models_from("\n= 3\n", where="models.toml")


def test_a_users_model_is_known(settings):
    settings.models_file.write_text(RIGHT)
    assert Registry(settings).card("mine").files[0].hub == HubSource("me/mine", "main", "folder/mine.gguf")


def test_a_users_model_replaces_a_built_in_one(settings):
    settings.models_file.write_text(RIGHT.replace("models.mine", f'models."{FALLBACK_CHAT}"'))
    registry = Registry(settings)
    assert registry.card(FALLBACK_CHAT).title == "Mine"
    assert len({card.name for card in registry.cards()}) == len(registry.cards())


def test_a_models_file_that_was_named_must_exist(settings):
    with pytest.raises(UsageError, match="RACTO_MODELS_FILE"):
        Registry(dataclasses.replace(settings, models_file_required=True))


def test_a_models_file_in_another_encoding_is_an_error(settings):
    settings.models_file.write_bytes(b'title = "\xe9"')
    with pytest.raises(UsageError, match="not UTF-8"):
        Registry(settings)
