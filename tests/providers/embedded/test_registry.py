"""The registry: known names, verified files, stamps, and models that must not be fetched."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pickle

import pytest

from racto_nb.exceptions import CorruptModelFileError, ModelDownloadError, ModelNotFoundError, UsageError
from racto_nb.providers.embedded import verifying
from racto_nb.providers.embedded.facts import BUILT_IN, DEFAULT_CHAT, FALLBACK_CHAT
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import SilentReporter
from racto_nb.providers.embedded.settings import settings_from
from racto_nb.providers.embedded.verifying import stamp_path

# What a method does with nothing on the network is in test_downloading.py.


@pytest.fixture
def quiet():
    return SilentReporter()


@pytest.fixture
def card(make_card, weights):
    return make_card(weights)


@pytest.fixture
def registry(settings, card):
    return Registry(settings, built_in=[card])


@pytest.fixture
def path(registry, card, weights):
    """The file of the card, put there by hand."""
    path = registry.path_of(card)
    path.parent.mkdir(parents=True)
    path.write_bytes(weights)
    return path


@pytest.fixture
def hashed(monkeypatch):
    """The names of the files that were hashed."""
    names = []
    real = verifying.sha256_of

    def noting(path, *, reporter):
        names.append(path.name)
        return real(path, reporter=reporter)

    monkeypatch.setattr(verifying, "sha256_of", noting)
    return names


def test_an_unknown_name_offers_the_nearest(settings):
    with pytest.raises(ModelNotFoundError, match=r"Did you mean 'qwen2\.5-coder") as caught:
        Registry(settings).card("qwen2.5-coder")
    assert "qwen2.5-coder-0.5b" in caught.value.suggestions


def test_a_file_is_named_after_its_model_and_checksum(settings):
    registry = Registry(settings)
    assert registry.path_of(registry.card(FALLBACK_CHAT)) == settings.cache_dir / "smollm2-135m-b179c9523d0e.gguf"


def test_a_file_put_there_by_hand_is_taken(registry, path, quiet, hub):
    assert registry.ensure("tiny", reporter=quiet).path == path
    assert hub.requests == []


def test_a_ready_model_names_its_files(registry, path, quiet):
    ready = registry.ensure("tiny", reporter=quiet)
    assert ready.file("tiny.gguf") == path
    with pytest.raises(ModelNotFoundError, match=r"Known: tiny\.gguf"):
        ready.file("weights")


def test_a_verified_file_is_not_hashed_again(registry, path, quiet, hashed):
    registry.ensure("tiny", reporter=quiet)
    registry.ensure("tiny", reporter=quiet)
    assert hashed == [path.name]


def test_a_downloaded_file_is_not_hashed_again(registry, quiet, hashed):
    registry.ensure("tiny", reporter=quiet)
    assert hashed == []


@pytest.mark.parametrize("how", ["touch", "replace", "stamp lost", "stamp damaged", "stamp of another checksum"])
def test_any_difference_hashes_again(registry, path, hashed, weights, how):
    quiet = SilentReporter()
    registry.ensure("tiny", reporter=quiet)
    stamp = stamp_path(path)
    match how:
        case "touch":
            os.utime(path, ns=(1, 1))
        case "replace":
            status = path.stat()
            fresh = path.with_name("fresh")
            fresh.write_bytes(weights)
            os.utime(fresh, ns=(status.st_atime_ns, status.st_mtime_ns))
            fresh.replace(path)
        case "stamp lost":
            stamp.unlink()
        case "stamp damaged":
            stamp.write_text("{")
        case _:
            stamp.write_text(stamp.read_text().replace(registry.card("tiny").files[0].sha256, "0" * 64))
    registry.ensure("tiny", reporter=quiet)
    assert len(hashed) == 2


def test_a_file_changed_after_its_stamp_is_found_out(registry, path, quiet, weights):
    registry.ensure("tiny", reporter=quiet)
    path.write_bytes(bytes(len(weights)))
    with pytest.raises(CorruptModelFileError):
        registry.ensure("tiny", reporter=quiet)


@pytest.mark.parametrize("content", [b"", b"truncated", bytes(600_000)], ids=["empty", "truncated", "same length"])
def test_a_corrupt_file_is_named_with_both_checksums(registry, card, path, quiet, content):
    path.write_bytes(content)
    with pytest.raises(CorruptModelFileError) as caught:
        registry.ensure("tiny", reporter=quiet)
    error = caught.value
    assert (error.path, error.expected, error.actual) == (str(path), card.files[0].sha256, hashlib.sha256(content).hexdigest())
    for words in (
        str(path),
        error.expected[:12],
        error.actual[:12],
        "racto-nb models remove tiny",
        "racto-nb models download tiny",
    ):
        assert words in str(error)


def test_a_corrupt_file_is_neither_deleted_nor_fetched_anew(registry, path, quiet, hub):
    path.write_bytes(b"mine")
    with pytest.raises(CorruptModelFileError):
        registry.ensure("tiny", reporter=quiet)
    assert path.read_bytes() == b"mine"
    assert hub.requests == []


def test_after_removing_a_corrupt_file_the_download_works(registry, path, quiet, weights):
    path.write_bytes(b"mine")
    registry.remove("tiny")
    assert registry.ensure("tiny", reporter=quiet).path.read_bytes() == weights


def test_a_cache_whose_stamps_cannot_be_written_is_used_and_said(registry, path, quiet):
    stamp_path(path).mkdir()
    assert registry.ensure("tiny", reporter=quiet).path == path
    assert "each start will check it again" in quiet.messages[0]


def test_removing_leaves_nothing_of_the_model(registry, path, quiet):
    registry.ensure("tiny", reporter=quiet)
    leftovers = [path.with_name(path.name + ending) for ending in (".part", ".part.json")]
    for leftover in leftovers:
        leftover.write_text("half")
    assert set(registry.remove("tiny")) == {path, stamp_path(path), *leftovers}
    assert {left.suffix for left in path.parent.iterdir()} <= {".lock"}


def test_removing_what_was_never_there_removes_nothing(registry):
    assert registry.remove("tiny") == []


def test_installed_asks_for_every_file(registry, card, path):
    assert registry.installed(card)
    path.write_bytes(b"short")
    assert not registry.installed(card)
    assert registry.installed_names() == []


def test_rows_say_what_is_installed(registry, path):
    assert [(row.name, row.installed) for row in registry.rows()] == [("tiny", True)]


def test_downloads_can_be_forbidden_by_the_environment(settings, card, quiet, hub, make_card):
    other = make_card(b"other", name="other")
    registry = Registry(dataclasses.replace(settings, download_allowed=False), built_in=[card, other])
    registry.path_of(other).parent.mkdir(parents=True)
    registry.path_of(other).write_bytes(b"other")
    with pytest.raises(ModelDownloadError) as caught:
        registry.ensure("tiny", reporter=quiet)
    for words in ("RACTO_DOWNLOAD is 'never'", "Installed: other.", "racto-nb models download tiny", registry.path_of(card).name):
        assert words in str(caught.value)
    assert hub.requests == []


def test_downloads_can_be_forbidden_by_the_call(registry, quiet, hub):
    with pytest.raises(ModelDownloadError, match="this call forbids downloads"):
        registry.ensure("tiny", reporter=quiet, allow_download=False)
    assert hub.requests == []


def test_a_file_without_any_source_must_come_by_hand(settings, make_card, weights, quiet):
    registry = Registry(settings, built_in=[make_card(weights, on_hub=False)])
    with pytest.raises(ModelDownloadError, match=r"no source is known.*by hand"):
        registry.ensure("tiny", reporter=quiet)
    assert quiet.messages == []


def test_the_errors_survive_pickling(registry, path, quiet):
    path.write_bytes(b"mine")
    with pytest.raises(CorruptModelFileError) as caught:
        registry.ensure("tiny", reporter=quiet)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.actual) == (str(caught.value), caught.value.actual)


@pytest.fixture
def two_chats(settings, make_card, weights):
    return Registry(settings, built_in=[make_card(weights, name=DEFAULT_CHAT), make_card(b"small", name=FALLBACK_CHAT)])


def test_the_default_chat_model_is_the_default(two_chats, quiet):
    assert two_chats.ensure_default_chat(reporter=quiet).card.name == DEFAULT_CHAT
    assert not any("weaker" in message for message in quiet.messages)


def test_the_fallback_says_why_and_that_it_is_weaker(two_chats, quiet, hub):
    hub.script = [404]
    assert two_chats.ensure_default_chat(reporter=quiet).card.name == FALLBACK_CHAT
    last = quiet.messages[-1]
    for words in (FALLBACK_CHAT, DEFAULT_CHAT, "no such file at the pinned revision", "much weaker"):
        assert words in last


def test_with_neither_chat_model_every_source_gives_its_reason(two_chats, quiet, hub):
    hub.script = [404, 401]
    with pytest.raises(ModelDownloadError) as caught:
        two_chats.ensure_default_chat(reporter=quiet)
    first, second = caught.value.reasons
    assert first.startswith(f"{DEFAULT_CHAT}: model hub")
    assert "HTTP 404" in first
    assert second.startswith(f"{FALLBACK_CHAT}: model hub")
    assert "HTTP 401" in second
    assert "No model is installed." in str(caught.value)


def test_a_forbidden_default_falls_back_to_an_installed_small_model(settings, two_chats, quiet):
    path = two_chats.path_of(two_chats.card(FALLBACK_CHAT))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"small")
    assert two_chats.ensure_default_chat(reporter=quiet, allow_download=False).path == path
    assert "this call forbids downloads" in quiet.messages[-1]


def test_a_corrupt_default_is_never_papered_over(two_chats, quiet):
    path = two_chats.path_of(two_chats.card(DEFAULT_CHAT))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    with pytest.raises(CorruptModelFileError):
        two_chats.ensure_default_chat(reporter=quiet)


def test_the_environment_says_where_and_whether(tmp_path):
    found = settings_from(
        {
            "RACTO_CACHE_DIR": str(tmp_path),
            "RACTO_DOWNLOAD": "Never",
            "RACTO_MODELS_FILE": str(tmp_path / "m.toml"),
            "HF_ENDPOINT": "https://mirror.example/hub/",
            "HF_TOKEN": " abc\n",
            "HF_HUB_OFFLINE": "1",
        }
    )
    assert (found.cache_dir, found.download_allowed, found.hub_offline) == (tmp_path / "models", False, True)
    assert (found.hub_endpoint, found.hub_token) == ("https://mirror.example/hub", "abc")
    assert (found.models_file, found.models_file_required) == (tmp_path / "m.toml", True)


def test_an_unknown_wish_about_downloads_is_an_error():
    with pytest.raises(UsageError, match="RACTO_DOWNLOAD is 'maybe'"):
        settings_from({"RACTO_DOWNLOAD": "maybe"})


def test_the_standard_registry_knows_the_built_in_models(monkeypatch, tmp_path):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("RACTO_MODELS_FILE", str(tmp_path / "empty.toml"))
    (tmp_path / "empty.toml").touch()
    names = {card.name for card in Registry.standard().cards()}
    assert names >= {card.name for card in BUILT_IN}
