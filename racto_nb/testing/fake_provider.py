"""A provider on this machine: a real HTTP server that answers the vendors' own libraries from a script."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias, cast

from racto_nb.exceptions import UsageError, WrongTypeError, did_you_mean
from racto_nb.models.response import LLMResponse
from racto_nb.testing.answering import Asked, Routed, Scripted, answer_to, asked_from, own_answer, refusal_of
from racto_nb.testing.answers import Answer
from racto_nb.testing.batches import FakeBatch, FakeBatches
from racto_nb.testing.faults import FakeBody, FakeFault
from racto_nb.testing.loopback import LoopbackServer
from racto_nb.testing.received import FakeRequest, fingerprint, key_from, masked, request_from
from racto_nb.testing.replies import FakeReply
from racto_nb.testing.sockets import RawRequest
from racto_nb.testing.tunings import FakeTuning, FakeTunings
from racto_nb.testing.wire_files import load_wires, path_pattern, place_of

RouteReply: TypeAlias = Routed | Callable[[FakeRequest], Routed]


@dataclass(slots=True)
class _Script:
    """Replies in order; the last one again and again where `repeat_last`."""

    replies: list[RouteReply]
    repeat_last: bool
    given: int = 0

    def next(self) -> RouteReply | None:
        """The next reply; None where there is none left."""
        if not self.replies:
            return None
        self.given += 1
        return self.replies[0] if self.repeat_last and len(self.replies) == 1 else self.replies.pop(0)


@dataclass(slots=True)
class _Routes:
    """What `route` added, newest first."""

    entries: list[tuple[str, re.Pattern[str], _Script]] = field(default_factory=list[tuple[str, re.Pattern[str], _Script]])

    def next(self, method: str, path: str) -> RouteReply | None:
        for wanted, pattern, script in self.entries:
            if wanted == method and pattern.fullmatch(path) and (reply := script.next()) is not None:
                return reply
        return None


class FakeProvider:
    """A provider on this machine that answers from a script, over real sockets.

    It listens on a free port of 127.0.0.1 (or on `port`) from the moment it is made until `close` or the end of its `with` block.
    `replies` are texts, `FakeReply`s, `LLMResponse`s, `FakeFault`s or `FakeBody`s; each chat takes the next one, and the last is
    repeated when `repeat_last`. Embeddings and lists of models are answered without the script. A request that the real service
    would refuse (a wrong role, an unknown parameter, two limits at once) is refused in its words, and takes nothing from the
    script. When the script has ended, the answer is an error with status 400 that says so.

    Batches are taken by the wires that have them: their items are answered from the script too, an item that is refused or whose
    reply is a FakeFault fails alone. `batches` says how the next jobs go; without it a job has ended at the first look. So are
    fine-tuning jobs, by the wires that have them; `tunings` says how the next ones go.

    With `keys`, other keys are refused as the provider does it, with parts of them in the error. Models in `unknown_models`, a
    set that may be changed at any time, are unknown.

    >>> import json, urllib.request
    >>> with FakeProvider(["Paris"]) as server:
    ...     body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Capital of France?"}]}).encode()
    ...     url = server.base_url("openai") + "/chat/completions"
    ...     with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
    ...         print(json.load(answer)["choices"][0]["message"]["content"])
    Paris
    >>> server.requests[0].path, server.requests[0].json["model"]
    ('/v1/chat/completions', 'm')
    """

    def __init__(
        self,
        replies: Iterable[Scripted] = (),
        *,
        repeat_last: bool = False,
        keys: Iterable[str] | None = None,
        unknown_models: Iterable[str] = (),
        batches: Iterable[FakeBatch] = (),
        tunings: Iterable[FakeTuning] = (),
        port: int = 0,
    ) -> None:
        self.requests: list[FakeRequest] = []
        self.unknown_models = set(unknown_models)
        self._script = _Script([*_checked(replies)], repeat_last)
        self._routes = _Routes()
        self._batches = FakeBatches([*batches])
        self._tunings = FakeTunings([*tunings], self._batches.files)
        self._started = int(time.time())
        self._salt = secrets.token_bytes(16)
        self._keys = None if keys is None else {fingerprint(key, self._salt) for key in keys}
        self._wires = load_wires()
        self._server = LoopbackServer(self._handle, port=port)
        self._changed = self._server.changed
        self._server.start()

    @property
    def url(self) -> str:
        """The address of the server, without any path."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def wires(self) -> list[str]:
        """The names that `base_url` takes."""
        return list(self._wires)

    def base_url(self, wire: str) -> str:
        """What to give a kit or a library of the provider `wire` as its base URL. UsageError for one that is not known."""
        if wire not in self._wires:
            msg = f"There is no wire {wire!r}.{did_you_mean(wire, self._wires)}"
            raise UsageError(msg)
        return f"{self.url}/{wire}{self._wires[wire].base}"

    @property
    def connections(self) -> int:
        """How many connections were opened so far."""
        return self._server.connections

    @property
    def open_streams(self) -> int:
        """How many answers are being given at this moment."""
        return self._server.answering

    @property
    def hung_up(self) -> int:
        """How many answers were not taken to their end: the client hung up while the server was sending or waiting."""
        return self._server.left

    def route(self, pattern: str, *replies: RouteReply, repeat_last: bool = True) -> None:
        """Answer requests to `pattern` with `replies`, in order; with `repeat_last` the last one stays.

        `pattern` is a method and a path, in which `{name}` stands for anything up to the next slash: `"GET /v1/batches/{id}"`. A
        reply is a dict or a list (sent as JSON), whatever the script takes, or a function from the `FakeRequest` to one of these.
        When the replies are used up, the request is answered as if there were no route. A newer route comes before an older one.
        """
        method, _, path = pattern.partition(" ")
        if not (method.isupper() and path.startswith("/") and replies):
            msg = f"A route needs a method, a path and a reply, as in route('GET /v1/batches', {{'data': []}}), not {pattern!r}."
            raise UsageError(msg)
        with self._changed:
            self._routes.entries.insert(0, (method, path_pattern(path), _Script(list(replies), repeat_last)))

    def wait_until(self, condition: Callable[[], bool], *, timeout: float = 10.0) -> bool:
        """Wait until `condition()` is true; False when it is not within `timeout` seconds. It is looked at after each change.

        A change is a connection, a request, the begin and the end of an answer: `server.wait_until(lambda: server.hung_up == 1)`.
        """
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def close(self) -> None:
        """Hang up on everybody and end. A second call does nothing."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<FakeProvider {self.url}, {len(self.requests)} requests>"

    def _handle(self, raw: RawRequest) -> Answer:
        place = place_of(self._wires, raw.method, raw.target.partition("?")[0])
        request = request_from(raw, wire=place.wire.name, path=place.path, salt=self._salt)
        key = key_from(raw, place.wire.spec["key_headers"])
        with self._changed:
            self.requests.append(request)
            number = len(self.requests)
            self._changed.notify_all()
        asked = asked_from(request, place, masked_key=masked(key), number=number, created=self._started)
        if self._keys is not None and fingerprint(key, self._salt) not in self._keys:
            return asked.error(401, kind="" if key else "no_key")
        try:
            return self._answer(asked)
        except Exception as error:  # noqa: BLE001  (what goes wrong in a script is told to the client, who is the test)
            return asked.error(400, message=f"The FakeProvider cannot give this reply: {type(error).__name__}: {error}")

    def _answer(self, asked: Asked) -> Answer:
        request, endpoint = asked.request, asked.place.endpoint
        with self._changed:
            routed = self._routes.next(request.method, request.path)
        if routed is not None:
            return answer_to(asked, routed(request) if callable(routed) else routed)
        if refusal := refusal_of(asked, self.unknown_models):
            return refusal
        if endpoint is not None and endpoint.spec["kind"] == "batch":
            with self._changed:
                return self._batches.answer(asked, self._item)
        if endpoint is not None and endpoint.spec["kind"] == "tuning":
            with self._changed:
                return self._tunings.answer(asked)
        if endpoint is not None and endpoint.spec["kind"] != "chat":
            return own_answer(asked, endpoint)
        return self._chat(asked)

    def _item(self, asked: Asked) -> Answer:
        """The answer to one item of a batch: what a request of its own would get."""
        return refusal_of(asked, self.unknown_models) or self._chat(asked)

    def _chat(self, asked: Asked) -> Answer:
        with self._changed:
            reply = self._script.next()
        if reply is None:
            given = self._script.given
            message = f"The FakeProvider's script has ended after {given} replies. Give it more replies, or repeat_last=True."
            return asked.error(400, message=message, code="script_ended")
        return answer_to(asked, cast("Scripted", reply))


def _checked(replies: object) -> list[Scripted]:
    """`replies` as a list; WrongTypeError for what is no list of replies."""
    kinds = str | FakeReply | LLMResponse | FakeFault | FakeBody
    if isinstance(replies, kinds) or not isinstance(replies, Iterable):
        msg = f"FakeProvider takes a list of replies, not {type(replies).__name__}. Write: FakeProvider([...])."
        raise WrongTypeError(msg)
    listed = list(cast("Iterable[Scripted]", replies))
    for place, reply in enumerate(listed):
        if not isinstance(reply, kinds):  # pyright: ignore[reportUnnecessaryIsInstance]
            known = "a text, a FakeReply, an LLMResponse, a FakeFault or a FakeBody"
            msg = f"Reply {place} of the FakeProvider is {reply!r:.80}: give {known}."
            raise WrongTypeError(msg)
    return listed
