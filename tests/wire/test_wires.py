"""Wires as data: what is given, what is sent, which events come, what is answered. A new case is a new file and no code.

A case is `tests/wire/<provider>/<case>.json`:

- `about`: what it shows, in a sentence.
- `given`: the fields of a ChatConfig; `response_model` is a name of `MODELS`, `attachments` have `text` or `base64`.
- `sent`: the arguments of the request; left out where nothing is sent.
- `events`: the provider's events; `{"raise": "timeout"}` or `{"raise": {detail}}` is an error at that place.
- `response`: the fields of the answer that are compared, or
- `error`: `type`, `message` (a part of it) and the attributes that are compared.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from colours import run_unblocked
from pydantic import BaseModel

from racto_nb import exceptions
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import ChatConfig, LLMResponse
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.embedded.engine import EngineRefusedError
from racto_nb.providers.embedded.opening import EmbeddedSpecs
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.settings import settings_from
from racto_nb.providers.embedded.wire import EmbeddedWire
from racto_nb.providers.wire import Provider, Request, SpecSource, Wire

HERE = Path(__file__).parent


class Weather(BaseModel):
    """Weather in a city."""

    city: str
    sky: Literal["clear", "cloudy"]


MODELS = {"Weather": Weather}


def _embedded() -> tuple[Wire, SpecSource, str]:
    settings = settings_from({"RACTO_CACHE_DIR": "/nowhere", "RACTO_MODELS_FILE": ""})
    return EmbeddedWire(), EmbeddedSpecs(Registry(settings), 4096), "smollm2-135m"


WIRES = {"embedded": _embedded}
REFUSALS = {"embedded": EngineRefusedError}
CASES = sorted(HERE.glob("*/*.json"))


class CasePort:
    """Answers with the events of a case and keeps what was sent."""

    def __init__(self, provider: str, events: list[Any]) -> None:
        self._provider, self._events = provider, events
        self.sent: list[dict[str, Any]] = []

    def events(self) -> Generator[Any]:
        for event in self._events:
            match event:
                case {"raise": "timeout"}:
                    raise TimeoutError
                case {"raise": detail}:
                    raise REFUSALS[self._provider](detail)
                case _:
                    yield event

    def send(self, request: Request) -> list[Any]:
        self.sent.append(dict(request.arguments))
        return list(self.events())

    async def asend(self, request: Request) -> list[Any]:
        return self.send(request)

    @contextmanager
    def open(self, request: Request) -> Generator[Iterator[Any]]:
        self.sent.append(dict(request.arguments))
        yield self.events()

    @asynccontextmanager
    async def aopen(self, request: Request) -> AsyncGenerator[AsyncIterator[Any]]:
        async def items() -> AsyncGenerator[Any]:
            for event in self.events():
                yield event

        self.sent.append(dict(request.arguments))
        yield items()


def chatted(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    return shown(kit.chat(config))


def streamed(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    running = kit.stream(config)
    said = ""
    while True:
        try:
            chunk = next(running)
        except StopIteration as done:
            answer = shown(done.value)
            break
        said += chunk.delta.text
        assert chunk.accumulated_text == said
    assert chunk.is_final
    assert (said or None, chunk.finish_reason, chunk.usage, chunk.parsed) == (
        answer["content"], answer["finish_reason"], answer["usage"], answer["parsed"],
    )  # fmt: skip
    return answer


def chatted_async(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    return shown(run_unblocked(kit.achat(config)))


def streamed_async(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    async def main() -> list[Any]:
        return [chunk async for chunk in kit.astream(config)]

    *_, last = run_unblocked(main())
    return streamed(kit, config) | {"content": last.accumulated_text or None, "usage": last.usage, "parsed": last.parsed}


def shown(response: LLMResponse) -> dict[str, Any]:
    return json.loads(response.model_dump_json(exclude={"raw"}))


def config_of(given: dict[str, Any]) -> ChatConfig:
    fields = dict(given)
    if "response_model" in fields:
        fields["response_model"] = MODELS[fields["response_model"]]
    if "attachments" in fields:
        fields["attachments"] = [
            RactoFile(
                file["text"].encode() if "text" in file else base64.b64decode(file["base64"]),
                file["mime_type"],
                name=file["name"],
            )
            for file in fields["attachments"]
        ]
    return ChatConfig.model_validate(fields)


WAYS = [chatted, streamed, chatted_async, streamed_async]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}/{path.stem}" for path in CASES])
def test_wire(path: Path, way: Any):
    case = json.loads(path.read_text(encoding="utf-8"))
    provider = path.parent.name
    wire, specs, model = WIRES[provider]()
    port = CasePort(provider, case.get("events", []))
    settings = KitSettings(model=model, retry=RetryPolicy(retries=0))
    kit = DeveloperKit(Provider(provider, wire, port, None, specs), settings)
    if "error" in case:
        expected = dict(case["error"])
        with pytest.raises(getattr(exceptions, expected.pop("type"))) as caught:
            way(kit, config_of(case["given"]))
        assert expected.pop("message") in str(caught.value)
        assert {name: getattr(caught.value, name) for name in expected} == expected
    else:
        answer = way(kit, config_of(case["given"]))
        assert {name: answer[name] for name in case["response"]} == case["response"]
    assert all(sent == case.get("sent") for sent in port.sent)
    assert bool(port.sent) == ("sent" in case)


@pytest.mark.parametrize("path", CASES, ids=[f"{path.parent.name}/{path.stem}" for path in CASES])
def test_every_case_says_what_it_shows_and_holds_nothing_else(path: Path):
    case = json.loads(path.read_text(encoding="utf-8"))
    assert case["about"].endswith(".")
    assert set(case) <= {"about", "given", "sent", "events", "response", "error"}
    assert ("response" in case) != ("error" in case)


def test_every_provider_with_a_wire_has_cases():
    assert {path.parent.name for path in CASES} == set(WIRES)
