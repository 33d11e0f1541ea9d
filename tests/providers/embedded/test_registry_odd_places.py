"""What stands at a model's path may be no file: a folder, or a link that leads nowhere."""

from __future__ import annotations

import pytest

from racto_nb.exceptions import CorruptModelFileError, ModelFileError
from racto_nb.providers.embedded.facts import DEFAULT_CHAT, FALLBACK_CHAT
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import SilentReporter


@pytest.fixture
def registry(settings, make_card, weights):
    return Registry(settings, built_in=[make_card(weights)])


@pytest.fixture
def path(registry):
    place = registry.path_of(registry.card("tiny"))
    place.parent.mkdir(parents=True)
    return place


def test_a_link_that_leads_nowhere_is_removed(registry, path, tmp_path):
    path.symlink_to(tmp_path / "gone")
    assert path in registry.remove("tiny")
    assert not path.is_symlink()


def test_a_link_that_leads_nowhere_is_replaced_by_the_file(registry, path, tmp_path, weights):
    path.symlink_to(tmp_path / "gone")
    assert registry.ensure("tiny", reporter=SilentReporter()).path.read_bytes() == weights
    assert not path.is_symlink()


@pytest.mark.parametrize("verb", ["ensure", "remove"])
def test_a_folder_at_the_path_of_a_file_is_named_and_left_alone(registry, path, verb):
    path.mkdir()
    with pytest.raises(ModelFileError, match="is a folder, where a model's file belongs") as caught:
        getattr(registry, verb)("tiny")
    assert caught.value.path == str(path)
    assert path.is_dir()


def test_a_corrupt_default_model_stops_and_is_not_replaced_by_the_fallback(settings, make_card, weights):
    registry = Registry(settings, built_in=[make_card(weights, name=name) for name in (DEFAULT_CHAT, FALLBACK_CHAT)])
    place = registry.path_of(registry.card(DEFAULT_CHAT))
    place.parent.mkdir(parents=True)
    place.write_bytes(weights[::-1])
    with pytest.raises(CorruptModelFileError):
        registry.ensure_default_chat(reporter=SilentReporter())
