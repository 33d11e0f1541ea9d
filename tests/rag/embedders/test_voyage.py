"""Voyage's embedder, through the real library, against a server on this machine."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from colours import run_unblocked

from racto_nb.exceptions import (
    RactoGatewayAPIError,
    RactoGatewayAuthError,
    RactoGatewayBadRequestError,
    RactoGatewayConnectionError,
    RactoGatewayRateLimitError,
    RactoGatewayServerError,
)
from racto_nb.rag.embedders import VoyageEmbedder

pytest.importorskip("voyageai", reason="pip install 'racto-nb[rag-voyage]'")
KEY = "pa-a-key-of-nobody-0123456789"


class Voyage:
    """What Voyage's service answers: a vector that tells the length of the text, unless an error is due."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.keys: list[str] = []
        self.due: list[tuple[int, dict[str, str]]] = []
        self.short = 0

    def answer(self, key: str, body: dict) -> tuple[int, dict[str, str], dict]:
        self.keys.append(key)
        self.bodies.append(body)
        if self.due:
            status, headers = self.due.pop(0)
            return status, headers, {"detail": f"No, and your key is {KEY}."}
        rows = [{"object": "embedding", "embedding": [float(len(text)), 1.0], "index": i} for i, text in enumerate(body["input"])]
        rows = rows[: len(rows) - self.short]
        return 200, {}, {"object": "list", "data": rows, "model": body["model"], "usage": {"total_tokens": 1}}


@contextmanager
def serving(voyage: Voyage):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, told = voyage.answer(self.headers["Authorization"], body)
            data = json.dumps(told).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(data))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def voyage():
    return Voyage()


@pytest.fixture
def address(voyage):
    with serving(voyage) as url:
        yield url


class Plain:
    def embed(self, embedder, texts):
        return embedder.embed(texts)

    def query(self, embedder, text):
        return embedder.embed_query(text)


class Awaited:
    def embed(self, embedder, texts):
        return run_unblocked(embedder.aembed(texts))

    def query(self, embedder, text):
        return run_unblocked(embedder.aembed_query(text))


@pytest.fixture(params=[Plain(), Awaited()], ids=["sync", "async"])
def each(request):
    return request.param


def test_texts_are_embedded_as_documents_and_questions_as_queries(each, voyage, address):
    embedder = VoyageEmbedder(api_key=KEY, base_url=address, batch_size=2, concurrency=1)

    assert each.embed(embedder, ["a", "bb", "ccc"]) == [[1, 1], [2, 1], [3, 1]]
    assert each.query(embedder, "dddd") == [4, 1]

    assert [(body["input"], body["input_type"]) for body in voyage.bodies] == [
        (["a", "bb"], "document"), (["ccc"], "document"), (["dddd"], "query"),
    ]  # fmt: skip
    assert {(body["model"], body["truncation"]) for body in voyage.bodies} == {("voyage-3", False)}
    assert set(voyage.keys) == {f"Bearer {KEY}"}
    assert embedder.dimension == 2


def test_the_key_of_the_environment_is_used(each, voyage, address, monkeypatch):
    monkeypatch.setenv("VOYAGE_API_KEY", KEY)
    each.embed(VoyageEmbedder(base_url=address, input_type=None, dimensions=256), ["a"])
    assert voyage.keys == [f"Bearer {KEY}"]
    assert (voyage.bodies[0]["input_type"], voyage.bodies[0]["output_dimension"]) == (None, 256)


def test_without_a_key_the_first_call_says_what_to_set(each):
    embedder = VoyageEmbedder()
    assert embedder.dimension == 1024
    with pytest.raises(RactoGatewayAuthError, match="VOYAGE_API_KEY"):
        each.embed(embedder, ["a"])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RactoGatewayBadRequestError),
        (401, RactoGatewayAuthError),
        (422, RactoGatewayAPIError),
        (429, RactoGatewayRateLimitError),
        (500, RactoGatewayServerError),
        (503, RactoGatewayServerError),
    ],
)
def test_errors_become_ours_and_never_hold_the_key(each, voyage, address, status, kind):
    voyage.due = [(status, {})]
    with pytest.raises(kind) as caught:
        each.embed(VoyageEmbedder(api_key=KEY, base_url=address, max_retries=0), ["a"])
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(voyage.bodies) == 1


def test_what_may_pass_is_tried_again_when_the_service_says(each, voyage, address):
    voyage.due = [(429, {"Retry-After": "0.01"}), (503, {})]
    assert each.embed(VoyageEmbedder(api_key=KEY, base_url=address), ["a"]) == [[1, 1]]
    assert len(voyage.bodies) == 3


def test_a_vector_too_few_is_an_error(each, voyage, address):
    voyage.short = 1
    with pytest.raises(RactoGatewayAPIError, match="1 vectors for 2 texts"):
        each.embed(VoyageEmbedder(api_key=KEY, base_url=address), ["a", "b"])


def test_a_service_that_is_not_there_is_a_connection_error(each):
    with serving(Voyage()) as gone:
        pass
    with pytest.raises(RactoGatewayConnectionError):
        each.embed(VoyageEmbedder(api_key=KEY, base_url=gone, max_retries=0), ["a"])


def test_the_key_is_in_no_text_of_the_embedder():
    embedder = VoyageEmbedder("voyage-code-3", api_key=KEY)
    assert KEY not in repr(embedder)
    assert embedder.identity == "voyage:voyage-code-3 input_type=document"
