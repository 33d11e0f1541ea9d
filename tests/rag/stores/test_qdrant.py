"""QdrantStore beyond what all stores share: the server, the folder, the key."""

from __future__ import annotations

import asyncio
import gc
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import fake_qdrant
import pytest
from colours import run_unblocked
from contracts.store_table import Face, names, piece
from qdrant_client import QdrantClient
from qdrant_client import models as known

from racto_nb.exceptions import DimensionError, StoreError, StoreLockedError, UsageError
from racto_nb.rag.stores import QdrantStore

both_colours = pytest.mark.parametrize("colour", ["sync", "async"])


@pytest.fixture
def server() -> Iterator[fake_qdrant.FakeQdrant]:
    with fake_qdrant.running() as fake:
        yield fake


def puts(server: fake_qdrant.FakeQdrant) -> list[str]:
    return [path for method, path, _ in server.asked if method == "PUT"]


def test_nothing_is_asked_before_the_first_use(server: fake_qdrant.FakeQdrant):
    QdrantStore("docs", url=server.address).close()
    assert server.asked == []


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
@both_colours
def test_the_key_is_sent_and_shown_nowhere(server: fake_qdrant.FakeQdrant, colour: str):
    right = Face(QdrantStore("docs", url=server.address, api_key=fake_qdrant.KEY), colour)
    right.add([piece("a")])
    assert right.count() == 1
    wrong = QdrantStore("docs", url=server.address, api_key="sk-wrong-and-secret")
    with pytest.raises(StoreError) as caught:
        Face(wrong, colour).count()
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(vars(wrong)) + repr(wrong)
    assert "sk-wrong-and-secret" not in shown
    assert "Invalid key [key]" in shown
    assert caught.value.__context__ is None
    assert caught.value.place == f"Qdrant collection 'docs' at {server.address}"
    right.close()
    wrong.close()


def test_a_password_in_the_address_is_shown_nowhere():
    store = QdrantStore("docs", url="http://me:a-secret-password@127.0.0.1:9")
    with pytest.raises(StoreError, match=r"at http://127.0.0.1:9: ") as caught:
        store.count()
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(store)) + repr(vars(store._port._collection))
    assert "a-secret-password" not in shown
    store.close()


@both_colours
def test_of_several_batches_all_are_stored_or_none(server: fake_qdrant.FakeQdrant, colour: str):
    store = Face(QdrantStore("docs", url=server.address, batch_size=2), colour)
    store.add([piece("a", content="old"), piece("z")])
    seen = len(puts(server))
    server.fail = lambda method, path: 500 if method == "PUT" and len(puts(server)) == seen + 3 else None
    with pytest.raises(StoreError, match="told to fail"):
        store.add([piece("a", content="new"), *(piece(f"n{row}", (1, row)) for row in range(5))])
    assert sorted(store.chunk_ids()) == ["a", "z"]
    assert store.get(["a"])[0].content == "old"
    server.fail = lambda method, path: None
    store.add([piece("a", content="new"), *(piece(f"n{row}", (1, row)) for row in range(5))])
    assert (store.count(), store.get(["a"])[0].content) == (7, "new")
    store.close()


def test_a_caller_that_leaves_between_two_batches_leaves_nothing_of_them(server: fake_qdrant.FakeQdrant):
    store = QdrantStore("docs", url=server.address, batch_size=2)
    store.add([piece("a")])
    seen = len(puts(server))

    async def main() -> None:
        loop, adding = asyncio.get_running_loop(), asyncio.ensure_future(store.aadd([piece(f"n{row}") for row in range(8)]))

        def leave(method: str, path: str) -> None:
            if len(puts(server)) == seen + 2:
                server.fail = lambda method, path: None
                loop.call_soon_threadsafe(adding.cancel)

        server.fail = leave
        with pytest.raises(asyncio.CancelledError):
            await adding

    run_unblocked(main())
    assert store.chunk_ids() == ["a"]
    store.close()


def test_async_methods_use_a_client_of_their_loop(server: fake_qdrant.FakeQdrant):
    store = QdrantStore("docs", url=server.address)

    async def main() -> None:
        await asyncio.gather(store.aadd([piece("a")]), store.acount())
        assert store._port._clients.loops() == 1
        assert len(asyncio.all_tasks()) == 1
        await store.aclose()
        assert store._port._clients.loops() == 0
        assert names(await store.asearch([1, 0])) == ["a"]

    run_unblocked(main())
    assert store._port._clients.loops() == 0
    assert store.count() == 1
    store.close()


@both_colours
def test_another_program_may_make_the_collection_first(server: fake_qdrant.FakeQdrant, colour: str):
    store = Face(QdrantStore("docs", url=server.address), colour)

    def first(method: str, path: str) -> None:
        if method == "PUT" and path == "/collections/docs":
            server.fail = lambda method, path: None
            server.client.create_collection("docs", known.VectorParams(size=2, distance=known.Distance.COSINE))

    server.fail = first
    store.add([piece("a")])
    assert store.chunk_ids() == ["a"]
    store.close()


def test_a_collection_that_went_away_is_looked_for_again(server: fake_qdrant.FakeQdrant):
    store = QdrantStore("docs", url=server.address)
    store.add([piece("a")])
    server.client.delete_collection("docs")
    with pytest.raises(StoreError, match="not found"):
        store.search([1, 0])
    assert store.count() == 0
    store.add([piece("b", (1, 2, 3))])
    assert names(store.search([1, 2, 3])) == ["b"]
    store.close()


def test_a_server_that_is_not_there_is_a_store_error():
    with (
        pytest.raises(StoreError, match=r"Qdrant collection 'docs' at http://127.0.0.1:9"),
        QdrantStore("docs", url="http://127.0.0.1:9") as store,
    ):
        store.count()  # fmt: skip


@pytest.mark.parametrize(
    "vectors",
    [
        known.VectorParams(size=2, distance=known.Distance.DOT),
        {"text": known.VectorParams(size=2, distance=known.Distance.COSINE)},
    ],
    ids=["dot", "named"],
)
def test_a_collection_of_another_shape_is_refused(vectors: object):
    client = QdrantClient(":memory:")
    client.create_collection("docs", vectors)
    store = QdrantStore("docs", client=client)
    for use in (store.count, lambda: store.search([1, 0]), lambda: store.add([piece("a")])):
        with pytest.raises(StoreError, match="was not made by racto_nb"):
            use()


def test_points_of_another_program_are_named():
    client = QdrantClient(":memory:")
    client.create_collection("docs", known.VectorParams(size=2, distance=known.Distance.COSINE))
    client.upsert("docs", [known.PointStruct(id=1, vector=[1.0, 0.0], payload={"text": "theirs"})])
    with pytest.raises(StoreError, match="holds a row that racto_nb did not write"):
        QdrantStore("docs", client=client).search([1, 0])


def test_a_client_of_the_user_is_left_open():
    client = QdrantClient(":memory:")
    with QdrantStore("docs", client=client) as store:
        store.add([piece("a", team="red")])
    point = client.scroll("docs")[0][0]
    assert point.payload["fields"]["team"] == "red"
    assert QdrantStore("docs", client=client).count() == 1


def test_a_dimension_that_was_said_holds(tmp_path: Path):
    store = QdrantStore("docs", dimension=3)
    for use in (lambda: store.add([piece("a")]), lambda: store.search([1, 0])):
        with pytest.raises(DimensionError):
            use()
    client = QdrantClient(":memory:")
    QdrantStore("docs", client=client).add([piece("a")])
    with pytest.raises(DimensionError):
        QdrantStore("docs", client=client, dimension=3).search([1, 2, 3])


def test_a_folder_that_is_open_elsewhere_is_locked(tmp_path: Path):
    first, second = (QdrantStore("docs", path=str(tmp_path / "q")) for _ in range(2))
    first.add([piece("a")])
    with pytest.raises(StoreLockedError, match="run a Qdrant server") as caught:
        second.count()
    assert caught.value.place == str(tmp_path / "q")
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        del caught
        gc.collect()  # the library leaves the file of its lock open when it is refused
    first.close()
    assert second.count() == 1
    second.close()


def test_other_measures_and_two_places_are_refused():
    with pytest.raises(UsageError, match=r"distance='cosine' only.* not by 'dot'"):
        QdrantStore(distance="dot")
    with pytest.raises(UsageError, match="two words for one thing"):
        QdrantStore(url="http://localhost:6333", path="here")
    assert QdrantStore(distance="Cosine").count() == 0


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_connection_that_was_lost_is_opened_again_once(server: fake_qdrant.FakeQdrant, colour: str):
    store = Face(QdrantStore("docs", url=server.address), colour)
    store.add([piece("a")])

    server.drop = 1
    assert names(store.search([1.0, 0.0])) == ["a"]
    server.drop = 5
    with pytest.raises(StoreError, match="docs"):
        store.search([1.0, 0.0])
