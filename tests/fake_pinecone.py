"""Pinecone on the loopback: its REST API of 2026-07 (control and data plane), as the client of 10.x speaks it.

No server of Pinecone can be had. What is true here are addresses, methods, bodies, statuses, the key, and the limits of a
request; what finds the vectors is a plain comparison.
"""

from __future__ import annotations

import json
import math
import threading
import urllib.parse as addresses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "the-key-of-pinecone"
MOST_METADATA, MOST_BYTES, MOST_HITS, MOST_IDS = 40_960, 2_097_152, 10_000, 1_000
_SERVERLESS = {"deployment_type": "managed", "cloud": "aws", "region": "us-east-1"}

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda own, given: given in _values(own),
    "$ne": lambda own, given: given not in _values(own),
    "$in": lambda own, given: any(value in given for value in _values(own)),
    "$nin": lambda own, given: not any(value in given for value in _values(own)),
    "$gt": lambda own, given: _is_number(own) and own > given,
    "$gte": lambda own, given: _is_number(own) and own >= given,
    "$lt": lambda own, given: _is_number(own) and own < given,
    "$lte": lambda own, given: _is_number(own) and own <= given,
}


class RefusedError(Exception):
    """An answer with an error's status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


def _values(own: Any) -> list[Any]:
    return own if isinstance(own, list) else [own]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def fits(condition: dict[str, Any] | None, metadata: dict[str, Any]) -> bool:
    """Whether a vector's metadata fits a filter."""
    for name, wanted in (condition or {}).items():
        if name == "$and":
            held = all(fits(part, metadata) for part in wanted)
        elif name == "$or":
            held = any(fits(part, metadata) for part in wanted)
        else:
            words = wanted if isinstance(wanted, dict) else {"$eq": wanted}
            held = all(COMPARED[word](metadata.get(name), given) for word, given in words.items())
        if not held:
            return False
    return True


def cosine(one: list[float], other: list[float]) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


class FakePinecone:
    """`address` is where it listens; `asked` are method, path and body of each request; `fail` holds statuses to answer with."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.indexes: dict[str, dict[str, Any]] = {}
        self.held: dict[str, dict[str, dict[str, Any]]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.fail: list[int] = []
        self.address = ""

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """The JSON of one answer. A data-plane path begins with the index: the host of each has it as a prefix."""
        if path == "/indexes" or path.startswith("/indexes/"):
            return self._control(method, path, body)
        index, _, rest = path.removeprefix("/data/").partition("/")
        known = {key: values[0] for key, values in query.items() if key != "ids"}
        return self._data(index, rest, {**known, **(body or {}), **({"ids": query["ids"]} if "ids" in query else {})})

    def _control(self, method: str, path: str, body: Any) -> Any:
        name = addresses.unquote(path.removeprefix("/indexes").removeprefix("/"))
        if method == "POST":
            if body["name"] in self.indexes:
                raise RefusedError(409, "ALREADY_EXISTS", f"Resource {body['name']} already exists")
            made = {"name": body["name"], "status": {"ready": True, "state": "Ready"}, "deletion_protection": "disabled",
                    "host": f"{self.address}/data/{body['name']}", "schema": body["schema"],
                    "deployment": body.get("deployment") or _SERVERLESS, "tags": body.get("tags")}  # fmt: skip
            self.indexes[body["name"]] = made
            return made
        if not name:
            return {"indexes": list(self.indexes.values())}
        if name not in self.indexes:
            raise RefusedError(404, "NOT_FOUND", f"Resource {name} not found")
        if method == "DELETE":
            del self.indexes[name]
            return None
        return self.indexes[name]

    def _data(self, index: str, rest: str, body: dict[str, Any]) -> Any:
        key = f"{index}/{body.get('namespace', '')}"
        held = self.held.setdefault(key, {})
        match rest:
            case "vectors/upsert":
                return self._upsert(index, held, body)
            case "query":
                return {"results": [], "matches": self._matches(held, body), "namespace": body.get("namespace", "")}
            case "vectors/fetch":
                return {"vectors": {name: held[name] for name in body["ids"] if name in held}, "usage": {"readUnits": 1}}
            case "vectors/delete":
                for name in list(held) if body.get("deleteAll") else body["ids"]:
                    held.pop(name, None)
                return {}
            case "vectors/list":
                return self._listed(held, body)
            case "describe_index_stats":
                spaces = {name.partition("/")[2]: len(found) for name, found in self.held.items() if name.startswith(f"{index}/")}
                return {"namespaces": {name: {"vectorCount": count} for name, count in spaces.items()}, "metric": "cosine",
                        "dimension": self._dimension(index), "indexFullness": 0, "totalVectorCount": sum(spaces.values()),
                        "vectorType": "dense"}  # fmt: skip
        raise RefusedError(404, "NOT_FOUND", rest)

    def _dimension(self, index: str) -> int:
        return next(iter(self.indexes[index]["schema"]["fields"].values()))["dimension"]

    def _upsert(self, index: str, held: dict[str, Any], body: dict[str, Any]) -> Any:
        for vector in body["vectors"]:
            if len(vector["values"]) != self._dimension(index):
                raise RefusedError(400, "INVALID_ARGUMENT", "Vector dimension does not match the dimension of the index")
            if len(json.dumps(vector.get("metadata", {}), ensure_ascii=False).encode()) > MOST_METADATA:
                raise RefusedError(400, "INVALID_ARGUMENT", "Metadata size is over the limit of 40960 bytes per vector")
        held.update({vector["id"]: vector for vector in body["vectors"]})
        return {"upsertedCount": len(body["vectors"])}

    def _matches(self, held: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]]:
        if body["topK"] > (1_000 if body.get("includeMetadata") or body.get("includeValues") else MOST_HITS):
            raise RefusedError(400, "INVALID_ARGUMENT", "topK is too large")
        fitting = [vector for vector in held.values() if fits(body.get("filter"), vector.get("metadata", {}))]
        scored = sorted(((cosine(body["vector"], vector["values"]), vector) for vector in fitting), key=lambda pair: -pair[0])
        shown = {name for name, wish in (("values", "includeValues"), ("metadata", "includeMetadata")) if body.get(wish)}
        return [
            {"id": vector["id"], "score": score} | {name: vector[name] for name in shown if name in vector}
            for score, vector in scored[: body["topK"]]
        ]

    def _listed(self, held: dict[str, Any], body: dict[str, Any]) -> Any:
        names, start, limit = sorted(held), int(body.get("paginationToken", 0)), int(body.get("limit", 100))
        more = {"pagination": {"next": str(start + limit)}} if start + limit < len(names) else {}
        return {"vectors": [{"id": name} for name in names[start : start + limit]], "usage": {"readUnits": 1}} | more


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *args: Any) -> None:
        return

    def _handle(self) -> None:
        fake: FakePinecone = self.server.fake
        address = addresses.urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self._refuse(fake, raw)
            body = json.loads(raw) if raw else None
            with fake.turn:
                fake.asked.append((self.command, address.path, body))
                answer = fake.answer(self.command, address.path, addresses.parse_qs(address.query), body)
            status = {"POST /indexes": 201, "DELETE": 202}.get(f"{self.command} {address.path}", 200)
        except RefusedError as error:
            status, answer = error.status, {"error": {"code": error.code, "message": str(error)}, "status": error.status}
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("retry-after", "0")
        self.end_headers()
        self.wfile.write(data)

    def _refuse(self, fake: FakePinecone, raw: bytes) -> None:
        if self.headers.get("Api-Key") != KEY:
            raise RefusedError(401, "UNAUTHENTICATED", "Invalid API Key")
        if len(raw) > MOST_BYTES:
            raise RefusedError(413, "PAYLOAD_TOO_LARGE", "The request is over 2 MB")
        if fake.fail:
            raise RefusedError(fake.fail.pop(0), "UNAVAILABLE", "injected")

    do_GET = do_POST = do_DELETE = do_PATCH = _handle  # noqa: N815  (the names of http.server)


@contextmanager
def running() -> Iterator[FakePinecone]:
    """A fake that listens on a free port of the loopback."""
    fake = FakePinecone()
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads, server.fake = True, fake
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
