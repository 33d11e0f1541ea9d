"""The model hub: resuming, refusing, and never showing the token."""

from __future__ import annotations

import dataclasses
import io
from http.client import HTTPMessage

import pytest

from racto_nb.exceptions import ModelDownloadError
from racto_nb.providers.embedded import model_hub
from racto_nb.providers.embedded.delivery import SourceFailedError
from racto_nb.providers.embedded.facts import HubSource
from racto_nb.providers.embedded.model_hub import ModelHub
from racto_nb.providers.embedded.part_file import PartFile, TooLongError

SECRET = "hf_verysecret"


@pytest.fixture
def source(hub, make_card, weights):
    file = make_card(weights).files[0]
    return ModelHub(file.hub, hub.endpoint, pause=0.0)


@pytest.fixture
def part(tmp_path, weights):
    return PartFile(tmp_path / "tiny.gguf", size=len(weights), checkpoint=1000)


def no_progress(done):
    """Nobody looks."""


def test_a_file_arrives_whole(source, part, weights):
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_progress_ends_with_the_whole_size(source, part, weights):
    seen = []
    source.deliver(part, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == len(weights)


def test_a_cut_connection_goes_on_with_range(source, part, weights, hub):
    hub.script = [("cut", 250_000)]
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights
    assert hub.ranges() == [None, "bytes=250000-"]


def test_the_checksum_goes_over_the_resumed_bytes_too(source, part, make_card, weights, hub):
    hub.script = [("cut", 250_000)]
    source.deliver(part, no_progress)
    assert part.digest == make_card(weights).files[0].sha256


def test_a_server_that_ignores_range_starts_the_file_again(source, part, weights, hub):
    hub.script = [("cut", 250_000), "ignore range"]
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_a_server_that_sends_another_range_is_asked_from_the_beginning(source, part, weights, hub):
    hub.script = [("cut", 250_000), "other range"]
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights
    assert hub.ranges() == [None, "bytes=250000-", None]


def test_a_range_that_cannot_be_served_starts_the_file_again(source, part, weights, hub):
    hub.script = [("cut", 250_000), 416]
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_many_cuts_with_progress_are_survived(source, part, weights, hub):
    hub.script = [("cut", 60_000)] * 9
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_a_connection_that_never_gains_anything_is_given_up(source, part, hub):
    hub.script = [("cut", 0)] * 9
    with pytest.raises(SourceFailedError, match="the connection ended after 0 of 600000 bytes, 3 times in a row"):
        source.deliver(part, no_progress)
    assert len(hub.requests) == 3


def test_a_stumbling_server_is_asked_again(source, part, weights, hub):
    hub.script = [500, 503]
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_a_server_that_stays_broken_is_a_reason(source, part, hub):
    hub.script = [500] * 9
    with pytest.raises(SourceFailedError, match="HTTP 500"):
        source.deliver(part, no_progress)


def test_a_missing_file_is_not_asked_for_twice(source, part, hub):
    hub.script = [404]
    with pytest.raises(SourceFailedError, match="no such file at the pinned revision"):
        source.deliver(part, no_progress)
    assert len(hub.requests) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_speaks_of_the_token(source, part, hub, status):
    hub.script = [status]
    with pytest.raises(SourceFailedError, match="HF_TOKEN may be wrong"):
        source.deliver(part, no_progress)


def test_an_unexpected_status_is_named(source, part, hub):
    hub.script = [418]
    with pytest.raises(SourceFailedError, match="HTTP 418"):
        source.deliver(part, no_progress)


def test_a_page_of_a_proxy_is_not_taken_for_the_file(source, part, hub):
    hub.script = ["wrong length"]
    with pytest.raises(SourceFailedError, match="offers 7 bytes where the file has 600000"):
        source.deliver(part, no_progress)
    assert not part.path.exists()


def test_a_failing_hub_leaves_what_another_source_began(source, part, hub):
    with part.writing("pip", part.kept("pip")) as out:
        out.write(b"begun")
    hub.script = [404]
    with pytest.raises(SourceFailedError):
        source.deliver(part, no_progress)
    assert part.kept("pip").size == 5


def test_everything_there_but_unchecked_needs_no_request(source, part, weights, hub):
    source.deliver(part, no_progress)
    source.deliver(part, no_progress)
    assert len(hub.requests) == 1
    assert part.resumed


def test_nobody_listening_is_a_reason(source, part):
    alone = dataclasses.replace(source, endpoint="http://127.0.0.1:1")
    with pytest.raises(SourceFailedError, match="cannot be reached"):
        alone.deliver(part, no_progress)


@pytest.mark.parametrize("endpoint", ["", "hub.example", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x", "http://[::1"])
def test_an_endpoint_that_is_no_address_is_a_reason(source, part, endpoint):
    with pytest.raises(SourceFailedError, match="HF_ENDPOINT is no address"):
        dataclasses.replace(source, endpoint=endpoint).deliver(part, no_progress)


def test_the_token_is_sent_to_the_hub(source, part, hub):
    dataclasses.replace(source, token=SECRET).deliver(part, no_progress)
    assert hub.requests[0][1]["Authorization"] == f"Bearer {SECRET}"


def test_the_token_is_not_sent_without_encryption(source):
    request = dataclasses.replace(source, endpoint="http://hub.example", token=SECRET)._request()
    assert not request.has_header("Authorization")


def test_a_redirect_to_another_host_does_not_carry_the_token(source, part, hub, new_hub, weights):
    store = new_hub()
    store.files["/blob"] = weights
    hub.script = [("redirect", f"{store.endpoint}/blob")]
    dataclasses.replace(source, token=SECRET).deliver(part, no_progress)
    assert part.path.read_bytes() == weights
    assert "Authorization" not in store.requests[0][1]


def test_a_redirect_on_the_same_host_keeps_the_token(source, part, hub, weights):
    hub.files["/renamed"] = weights
    hub.script = [("redirect", "/renamed")]
    dataclasses.replace(source, token=SECRET).deliver(part, no_progress)
    assert hub.requests[1][1]["Authorization"] == f"Bearer {SECRET}"


def test_a_redirect_keeps_the_range(source, part, hub, weights):
    hub.files["/blob"] = weights
    hub.script = [("cut", 250_000), ("redirect", "/blob")]
    source.deliver(part, no_progress)
    assert hub.ranges() == [None, "bytes=250000-", "bytes=250000-"]


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_to_anything_but_http_is_refused(source, part, hub, address):
    hub.script = [("redirect", address)]
    with pytest.raises(SourceFailedError):
        source.deliver(part, no_progress)
    assert not part.path.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": f"http://me:{SECRET}@127.0.0.1:1"},
        {"token": f"{SECRET}\nX-Other: 1"},
        {"token": SECRET, "endpoint": "http://127.0.0.1:1"},
    ],
    ids=["password in the address", "line break in the token", "nobody listening"],
)
def test_a_secret_is_in_no_message(source, part, change):
    broken = dataclasses.replace(source, **change)
    with pytest.raises(SourceFailedError) as caught:
        broken.deliver(part, no_progress)
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__
    assert SECRET not in broken.title


def test_a_secret_is_not_in_the_repr(source, settings):
    assert SECRET not in repr(dataclasses.replace(source, token=SECRET))
    assert SECRET not in repr(dataclasses.replace(settings, hub_token=SECRET))


def test_a_redirect_from_an_encrypted_address_to_a_plain_one_is_refused(source):
    request = dataclasses.replace(source, endpoint="https://hub.example")._request()
    with pytest.raises(SourceFailedError, match="without encryption"):
        model_hub._Redirects().redirect_request(request, io.BytesIO(), 302, "Found", HTTPMessage(), "http://hub.example/blob")


def test_surplus_bytes_behind_a_resumed_file_are_cut_off(source, part, weights, hub):
    hub.script = [("cut", 250_000), 404]
    with pytest.raises(SourceFailedError):
        source.deliver(part, no_progress)
    part.path.write_bytes(part.path.read_bytes() + bytes(len(weights)))
    source.deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_a_path_with_spaces_is_quoted(hub, part, weights):
    hub.files["/a/b/resolve/main/my%20model.gguf"] = weights
    ModelHub(HubSource("a/b", "main", "my model.gguf"), hub.endpoint).deliver(part, no_progress)
    assert part.path.read_bytes() == weights


def test_more_bytes_than_the_file_has_are_not_written(tmp_path):
    part = PartFile(tmp_path / "x", size=3)
    with pytest.raises(TooLongError, match="more than the 3 bytes"), part.writing("s", part.kept("s")) as out:
        out.write(b"four")
    assert part.path.read_bytes() == b""


@pytest.mark.parametrize(
    "journal", ["", "[]", "{}", '{"source": "s", "bytes": -1, "parts": 0}', '{"source": "s", "bytes": 99, "parts": 0}']
)
def test_a_damaged_journal_means_a_fresh_start(tmp_path, journal):
    part = PartFile(tmp_path / "x", size=9)
    part.path.write_bytes(b"12345")
    part.journal.write_text(journal)
    assert part.kept("s").size == 0


def test_a_cache_that_is_no_folder_is_explained(tmp_path):
    (tmp_path / "file").write_text("")
    part = PartFile(tmp_path / "file" / "x", size=9)
    with pytest.raises(ModelDownloadError, match="RACTO_CACHE_DIR"), part.writing("s", part.kept("s")):
        pass
