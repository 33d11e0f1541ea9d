"""A Weaviate server on the loopback: REST for the schema, gRPC for the rest, made of the stubs that the client brings.

No server of Weaviate can be had. What is true here are addresses, messages and statuses; what finds the objects is a plain
comparison. It needs weaviate-client, which lives in an environment of its own (see the Makefile).
"""

from __future__ import annotations

import json
import math
import struct
import threading
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
from weaviate.proto.v1 import aggregate_pb2, base_pb2, batch_delete_pb2, batch_pb2, properties_pb2, weaviate_pb2_grpc
from weaviate.proto.v1 import health_weaviate_pb2 as health
from weaviate.proto.v1 import search_get_pb2 as search

KEY = "the-key-of-weaviate"
Operator = base_pb2.Filters.Operator


@dataclass
class FakeWeaviate:
    """`address` and `grpc_port` are where it listens; `asked` are method and path of each REST request, and names of calls."""

    schema: dict[str, Any] = field(default_factory=dict)
    held: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    turn: threading.RLock = field(default_factory=threading.RLock)
    address: str = ""
    grpc_port: int = 0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *args: Any) -> None:
        return

    def _answer(self, status: int, value: Any = None) -> None:
        data = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _handle(self) -> None:
        fake: FakeWeaviate = self.server.fake
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        with fake.turn:
            fake.asked.append((self.command, path))
            self._answer(*self._reply(fake, path, json.loads(raw) if raw else None))

    def _reply(self, fake: FakeWeaviate, path: str, body: Any) -> tuple[int, Any]:
        if path.endswith(("/ready", "/live")):
            return 200, None
        if path.endswith("openid-configuration"):
            return 404, None
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return 401, {"error": [{"message": "anonymous access not enabled"}]}
        if path == "/v1/meta":
            return 200, {"hostname": "http://fake", "version": "1.34.0", "modules": {}}
        name = path.removeprefix("/v1/schema").removeprefix("/")
        if self.command == "POST":
            fake.schema[body["class"]] = body
            fake.held[body["class"]] = {}
            return 200, body
        if self.command == "DELETE":
            fake.schema.pop(name, None)
            fake.held.pop(name, None)
            return 200, None
        return (200, fake.schema[name]) if name in fake.schema else (404, {"error": [{"message": "not found"}]})

    do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = _handle  # noqa: N815  (the names of http.server)


class _Service(weaviate_pb2_grpc.WeaviateServicer):
    """The calls that a store makes."""

    def __init__(self, fake: FakeWeaviate) -> None:
        self.fake = fake

    def _objects(self, request: Any, context: Any, name: str) -> dict[str, dict[str, Any]]:
        self.fake.asked.append(("gRPC", name))
        if dict(context.invocation_metadata()).get("authorization") != f"Bearer {KEY}":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "anonymous access not enabled")
        if request.collection not in self.fake.held:
            context.abort(grpc.StatusCode.NOT_FOUND, f"could not find class {request.collection}")
        return self.fake.held[request.collection]

    def BatchObjects(self, request: Any, context: Any) -> Any:  # noqa: N802  (the name of the call)
        refused = []
        with self.fake.turn:
            for place, each in enumerate(request.objects):
                held = self._objects(each, context, "BatchObjects")
                raw = each.vector_bytes or each.vectors[0].vector_bytes
                vector = list(struct.unpack(f"<{len(raw) // 4}f", raw))
                if any(len(other["vector"]) != len(vector) for other in held.values()):
                    refused.append(batch_pb2.BatchObjectsReply.BatchError(index=place, error="vector lengths don't match"))
                    continue
                lists = {known.prop_name: list(known.values) for known in each.properties.text_array_properties}
                held[each.uuid] = {"properties": dict(each.properties.non_ref_properties.items()) | lists, "vector": vector}
        return batch_pb2.BatchObjectsReply(took=0.001, errors=refused)

    def Search(self, request: Any, context: Any) -> Any:  # noqa: N802  (the name of the call)
        with self.fake.turn:
            held = self._objects(request, context, "Search")
            found = sorted((name, each) for name, each in held.items() if fits(request, name, each))
        if request.HasField("near_vector"):
            near = request.near_vector
            raw = near.vector_bytes or near.vectors[0].vector_bytes
            asked = struct.unpack(f"<{len(raw) // 4}f", raw)
            scored = sorted(((1 - cosine(asked, each["vector"]), name, each) for name, each in found), key=lambda hit: hit[:2])
        else:
            scored = [(0.0, name, each) for name, each in found if name > request.after]
        shown = scored[: request.limit or 10]
        return search.SearchReply(took=0.001, results=[result(request, *hit) for hit in shown])

    def Aggregate(self, request: Any, context: Any) -> Any:  # noqa: N802  (the name of the call)
        with self.fake.turn:
            count = len(self._objects(request, context, "Aggregate"))
        single = aggregate_pb2.AggregateReply.Single(objects_count=count)
        return aggregate_pb2.AggregateReply(took=0.001, single_result=single)

    def BatchDelete(self, request: Any, context: Any) -> Any:  # noqa: N802  (the name of the call)
        with self.fake.turn:
            held = self._objects(request, context, "BatchDelete")
            gone = [name for name, each in held.items() if holds(request.filters, name, each)]
            for name in gone:
                del held[name]
        return batch_delete_pb2.BatchDeleteReply(took=0.001, matches=len(gone), successful=len(gone))


def cosine(one: Any, other: Any) -> float:
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


def fits(request: Any, name: str, held: dict[str, Any]) -> bool:
    return not request.HasField("filters") or holds(request.filters, name, held)


def holds(condition: Any, name: str, held: dict[str, Any]) -> bool:
    match condition.operator:
        case Operator.OPERATOR_AND:
            return all(holds(part, name, held) for part in condition.filters)
        case Operator.OPERATOR_OR:
            return any(holds(part, name, held) for part in condition.filters)
        case Operator.OPERATOR_CONTAINS_ANY:
            wanted = set(condition.value_text_array.values)
            own = [name] if condition.target.property == "_id" else held["properties"].get(condition.target.property, [])
            return bool(wanted.intersection(own))
        case Operator.OPERATOR_EQUAL if condition.target.property == "_id":
            return condition.value_text == name
    raise NotImplementedError(condition)


def result(request: Any, distance: float, name: str, held: dict[str, Any]) -> Any:
    known = search.MetadataResult(id=name)
    if request.metadata.distance:
        known.distance, known.distance_present = distance, True
    if request.metadata.vector or request.metadata.vectors:
        raw = struct.pack(f"<{len(held['vector'])}f", *held["vector"])
        known.vectors.append(base_pb2.Vectors(name="default", vector_bytes=raw, type=base_pb2.Vectors.VECTOR_TYPE_SINGLE_FP32))
    texts = {key: properties_pb2.Value(text_value=value) for key, value in held["properties"].items() if isinstance(value, str)}
    told = search.PropertiesResult(non_ref_props=properties_pb2.Properties(fields=texts), target_collection=request.collection)
    return search.SearchResult(metadata=known, properties=told)


def _check_of_health() -> Any:
    handler = grpc.unary_unary_rpc_method_handler(
        lambda request, context: health.WeaviateHealthCheckResponse(status=1),
        request_deserializer=health.WeaviateHealthCheckRequest.FromString,
        response_serializer=health.WeaviateHealthCheckResponse.SerializeToString,
    )
    return grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler})


@contextmanager
def running() -> Iterator[FakeWeaviate]:
    """A fake that listens on free ports of the loopback."""
    fake = FakeWeaviate()
    served: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    served.daemon_threads, served.fake = True, fake
    calls: Any = grpc.server(futures.ThreadPoolExecutor(4))
    weaviate_pb2_grpc.add_WeaviateServicer_to_server(_Service(fake), calls)
    calls.add_generic_rpc_handlers((_check_of_health(),))
    fake.grpc_port = calls.add_insecure_port("127.0.0.1:0")
    fake.address = f"http://127.0.0.1:{served.server_address[1]}"
    calls.start()
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        calls.stop(0).wait()
        served.shutdown()
        served.server_close()
        thread.join()
