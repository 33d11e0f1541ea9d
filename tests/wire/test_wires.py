"""Wires as data: what is given, what is sent, what comes, what is answered. A new case is a new file and no code.

A case is `tests/wire/<provider>/<case>.json`:

- `about`: what it shows, in a sentence.
- `kit`: how the kit was opened, where that matters: `model`, for openai `api` and `compatible`, for google `version`.
- `given`: the fields of a ChatConfig, or with `texts` of an EmbeddingConfig; `response_model` is a name of `answer_models.py`,
  `attachments` have `text` or `base64`, `tools` have `name`, `description` and `parameters`.
- `operation`, `sent`: the endpoint and the body of the request; `sent` is left out where nothing is sent. `sent_streaming`:
  what the body of a streamed request has beyond it; `operation_streaming`: its endpoint, where it is another.
- `received`: the whole reply of a request that is not streamed; `{"raise": {…}}` is a failure of the call, streamed or not.
- `events`: the events of a streamed one (embedded: of every one), as JSON, or as a text that is the event; `{"raise": {…}}` is
  an error at that place.
- `response`: the fields of the answer that are compared, and `own`, what of it is sent back in the provider's words, or
- `error`: `type`, `message` (a part of it) and the attributes that are compared.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from colours import run_unblocked
from wire.answer_models import MODELS
from wire.anthropic_kit import anthropic_wire
from wire.case_port import CasePort, engine_failure, http_failure, sse_data
from wire.google_kit import google_wire
from wire.huggingface_kit import hugging_face_wire
from wire.ollama_kit import ollama_wire
from wire.openai_kit import openai_wire

from racto_nb import exceptions
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import ChatConfig, EmbeddingConfig, LLMResponse
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.embedded.opening import EmbeddedSpecs
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.settings import settings_from
from racto_nb.providers.embedded.wire import EmbeddedWire
from racto_nb.providers.wire import Provider, SpecSource, Wire

HERE = Path(__file__).parent
FIELDS = {
    "about",
    "kit",
    "given",
    "operation",
    "operation_streaming",
    "sent",
    "sent_streaming",
    "received",
    "events",
    "response",
    "error",
}


def _embedded(_: dict[str, Any]) -> tuple[Wire, SpecSource, str]:
    settings = settings_from({"RACTO_CACHE_DIR": "/nowhere", "RACTO_MODELS_FILE": ""})
    return EmbeddedWire(), EmbeddedSpecs(Registry(settings), 4096), "smollm2-135m"


@dataclass(frozen=True)
class Row:
    """How the cases of one provider are read. `only_streams`: its whole replies are streams too."""

    opened: Callable[[dict[str, Any]], tuple[Wire, SpecSource, str]]
    failure: Callable[[Any], Exception]
    event: Callable[[Any], Any] = lambda event: event
    only_streams: bool = False


ROWS = {
    "embedded": Row(_embedded, engine_failure, only_streams=True),
    "google": Row(google_wire, http_failure, sse_data),
    "huggingface": Row(hugging_face_wire, http_failure, sse_data),
    "ollama": Row(ollama_wire, http_failure, sse_data),
    "openai": Row(openai_wire, http_failure, sse_data),
    "anthropic": Row(anthropic_wire, http_failure, sse_data),
}
CASES = {f"{path.parent.name}/{path.stem}": json.loads(path.read_text(encoding="utf-8")) for path in HERE.glob("*/*.json")}


def chatted(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    return shown(kit.chat(config))


def streamed(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    running = kit.stream(config)
    said, thought, calls = "", "", dict[str, str]()
    while True:
        try:
            chunk = next(running)
        except StopIteration as done:
            answer = shown(done.value)
            break
        said, thought = said + chunk.delta.text, thought + chunk.delta.thinking
        if told := chunk.delta.tool_call_id:
            calls[told] = calls.get(told, "") + (chunk.delta.tool_call_args_fragment or "")
        assert (chunk.accumulated_text, chunk.accumulated_thinking) == (said, thought)
    assert chunk.is_final
    for call in answer["tool_calls"]:
        assert not call["id"] or json.loads(calls[call["id"]] or "{}") == call["arguments"]
    assert _of_chunk(chunk) == {name: answer[name] for name in _of_chunk(chunk)}
    return answer


def chatted_async(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    return shown(run_unblocked(kit.achat(config)))


def streamed_async(kit: DeveloperKit, config: ChatConfig) -> dict[str, Any]:
    async def main() -> list[Any]:
        return [chunk async for chunk in kit.astream(config)]

    *_, last = run_unblocked(main())
    return streamed(kit, config) | _of_chunk(last)


def embedded(kit: DeveloperKit, config: EmbeddingConfig) -> dict[str, Any]:
    return kit.embed(config).model_dump(mode="json", exclude={"raw"})


def embedded_async(kit: DeveloperKit, config: EmbeddingConfig) -> dict[str, Any]:
    return run_unblocked(kit.aembed(config)).model_dump(mode="json", exclude={"raw"})


def shown(response: LLMResponse) -> dict[str, Any]:
    own = response.messages[-1].own
    return json.loads(response.model_dump_json(exclude={"raw"})) | {
        "own": own and {key.partition(":")[0]: own[key] for key in own}
    }


def _of_chunk(chunk: Any) -> dict[str, Any]:
    """What the last chunk of a stream says of the whole answer."""
    calls = [call.model_dump() for call in chunk.tool_calls]
    return {
        "content": chunk.accumulated_text or None,
        "thinking": chunk.accumulated_thinking or None,
        "finish_reason": chunk.finish_reason,
        "usage": chunk.usage,
        "parsed": json.loads(json.dumps(chunk.parsed)),
        "tool_calls": calls,
    }


class CaseTool:
    def __init__(self, given: dict[str, Any]) -> None:
        self.name, self.description, self._parameters = given["name"], given["description"], given["parameters"]

    def to_json_schema(self) -> dict[str, Any]:
        return self._parameters


class CaseTools(list[CaseTool]):
    """The tools of a case; nothing of them can be called."""

    @property
    def schemas(self) -> list[CaseTool]:
        return self

    def get_callable(self, name: str) -> None:
        return None

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return dict(arguments)


def config_of(given: dict[str, Any], model: str = "") -> Any:
    """The config of a case. What stands under a provider's name alone is of the model that is asked."""
    fields = dict(given)
    for turn in fields.get("history", ()):
        if own := turn.get("own"):
            turn["own"] = {key if ":" in key else f"{key}:{model}": value for key, value in own.items()}
    if "texts" in fields:
        return EmbeddingConfig.model_validate(fields)
    if "response_model" in fields:
        fields["response_model"] = MODELS[fields["response_model"]]
    if "tools" in fields:
        fields["tools"] = CaseTools(map(CaseTool, fields["tools"]))
    if "attachments" in fields:
        fields["attachments"] = [
            RactoFile(
                file["text"].encode() if "text" in file else base64.b64decode(file["base64"]),
                file["mime_type"],
                name=file.get("name", ""),
            )
            for file in fields["attachments"]
        ]
    return ChatConfig.model_validate(fields)


WHOLE, STREAMED, EMBEDDED = [chatted, chatted_async], [streamed, streamed_async], [embedded, embedded_async]


def ways_of(name: str, case: dict[str, Any]) -> list[Any]:
    """The ways in which a case is run: all where nothing comes or the call fails, else those for which something comes."""
    if "texts" in case["given"]:
        return EMBEDDED
    fails = "raise" in case.get("received", {})
    if ROWS[name.partition("/")[0]].only_streams or fails or not {"received", "events"} & case.keys():
        return [*WHOLE, *STREAMED]
    return [*(WHOLE if "received" in case else []), *(STREAMED if "events" in case else [])]


RUNS = [pytest.param(name, way, id=f"{name}-{way.__name__}") for name in sorted(CASES) for way in ways_of(name, CASES[name])]


@pytest.mark.filterwarnings("ignore::racto_nb.exceptions.DroppedOptionWarning")  # tests/kits/test_warning.py shows it
@pytest.mark.parametrize(("name", "way"), RUNS)
def test_wire(name: str, way: Any):
    case, provider = CASES[name], name.partition("/")[0]
    row = ROWS[provider]
    wire, specs, model = row.opened(case.get("kit", {}))
    port = CasePort(case, failure=row.failure, event=row.event)
    settings = KitSettings(model=model, embedding_model=model, retry=RetryPolicy(retries=0))
    kit = DeveloperKit(Provider(provider, wire, port, port, specs), settings)
    if "error" in case:
        expected = dict(case["error"])
        with pytest.raises(getattr(exceptions, expected.pop("type"))) as caught:
            way(kit, config_of(case["given"], model))
        assert type(caught.value).__name__ == case["error"]["type"]
        assert expected.pop("message") in str(caught.value)
        assert {name: getattr(caught.value, name) for name in expected} == expected
    else:
        answer = way(kit, config_of(case["given"], model))
        assert {name: answer[name] for name in case["response"]} == case["response"]
    body = case.get("sent", {}) | (case.get("sent_streaming", {}) if way in STREAMED else {})
    operation = case.get("operation", "")
    if way in STREAMED:
        operation = case.get("operation_streaming", operation)
    assert port.sent == [(operation, body)] * len(port.sent)
    assert bool(port.sent) == ("sent" in case)


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_case_says_what_it_shows_and_holds_nothing_else(name: str):
    case = CASES[name]
    assert case["about"].endswith(".")
    assert set(case) <= FIELDS
    assert ("response" in case) != ("error" in case)


def test_every_provider_with_a_wire_has_cases():
    assert {name.partition("/")[0] for name in CASES} == set(ROWS)
