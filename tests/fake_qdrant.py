"""A Qdrant server on the loopback: its REST API, as qdrant-client speaks it, over the library's own collections in memory.

No Qdrant server can be had from PyPI or npm. What is true here are addresses, methods, bodies, statuses and the key; what finds
the points is the library's local mode.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pydantic import BaseModel
from qdrant_client import QdrantClient
from qdrant_client import models as known

KEY = "the-key-of-the-server"


class FakeQdrant:
    """`address` is where it listens; `asked` are method, path and client of each request; `fail` makes requests fail by path."""

    def __init__(self) -> None:
        self.client, self.turn = QdrantClient(":memory:"), threading.Lock()
        self.asked: list[tuple[str, str, str]] = []
        self.drop = 0
        """So many requests find their connection closed."""
        self.fail: Callable[[str, str], int | None] = lambda method, path: None
        self.address = ""

    def answer(self, method: str, path: str, body: Any) -> Any:
        """The result of one request."""
        collection, _, rest = path.removeprefix("/collections/").partition("/")
        with self.turn:
            if method == "GET" and rest == "exists":
                return {"exists": self.client.collection_exists(collection)}
            if not rest:
                return self._whole(method, collection, body)
            return self._points(method, collection, rest.partition("?")[0], body)

    def _whole(self, method: str, collection: str, body: Any) -> Any:
        if method == "GET":
            return self.client.get_collection(collection)
        if method == "DELETE":
            return self.client.delete_collection(collection)
        if self.client.collection_exists(collection):
            raise FileExistsError(collection)
        return self.client.create_collection(collection, known.VectorParams.model_validate(body["vectors"]))

    def _points(self, method: str, collection: str, rest: str, body: Any) -> Any:
        client, shown = self.client, {"with_payload": body.get("with_payload"), "with_vectors": body.get("with_vector", False)}
        where = known.Filter.model_validate(body["filter"]) if body.get("filter") else None
        match method, rest:
            case "PUT", "points":
                return client.upsert(collection, [known.PointStruct.model_validate(point) for point in body["points"]])
            case "POST", "points":
                return client.retrieve(collection, body["ids"], **shown)
            case "POST", "points/query":
                return client.query_points(collection, body["query"]["nearest"], query_filter=where, limit=body["limit"], **shown)
            case "POST", "points/scroll":
                points, after = client.scroll(collection, where, body["limit"], offset=body.get("offset"), **shown)
                return {"points": [point.model_dump(mode="json") for point in points], "next_page_offset": after}
            case "POST", "points/delete":
                return client.delete(collection, body["points"])
            case "POST", "points/count":
                return client.count(collection, where)
            case _:
                raise KeyError(rest)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a loop of its own for each call is a connection of its own


@contextmanager
def running() -> Iterator[FakeQdrant]:
    """A server that listens until the block ends."""
    fake = FakeQdrant()
    server = _Server(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answered(fake: FakeQdrant, method: str, path: str, body: Any) -> tuple[int, Any]:
    try:
        result = fake.answer(method, path, body)
    except FileExistsError as error:
        return 409, {"status": {"error": f"Wrong input: Collection `{error}` already exists!"}}
    except ValueError as error:
        return 404, {"status": {"error": f"Not found: {error}"}}
    return 200, {"result": _shown(result), "status": "ok", "time": 0.0}


def _shown(result: Any) -> Any:
    if isinstance(result, list):
        return [_shown(each) for each in result]
    return result.model_dump(mode="json") if isinstance(result, BaseModel) else result


def _handler(fake: FakeQdrant) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the library's word)
            """Be quiet."""

        def _do(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            if len(raw) < length or fake.drop:  # the client has left, or shall see the server leave
                fake.drop -= bool(fake.drop)
                self.close_connection = True
                return
            body = json.loads(raw or "{}")
            fake.asked.append((self.command, self.path, self.headers.get("User-Agent", "")))
            if self.headers.get("api-key") not in {None, KEY}:
                self._say(401, {"status": {"error": f"Invalid key {self.headers['api-key']}"}})
            elif status := fake.fail(self.command, self.path):
                self._say(status, {"status": {"error": "told to fail"}})
            else:
                self._say(*_answered(fake, self.command, self.path, body))

        def _say(self, status: int, answer: Any) -> None:
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = _do  # noqa: N815  (the names that http.server calls)

    return Handler
