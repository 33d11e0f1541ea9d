"""Streams of kits: whole or an error, and what is told when they break."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest

from racto_nb.exceptions import RactoGatewayError, StreamInterruptedError, UsageError
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits import flows
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.resolving import KitSettings
from racto_nb.models import ChatConfig, FinishReason
from racto_nb.providers.wire import Abilities, Draft, ModelSpec, Provider
from racto_nb.testing import FakeKit, FakeReply

ASK = ChatConfig(user_message="Hi")


@pytest.mark.parametrize("whole", [True, False], ids=["chat", "stream"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_stream_that_ends_without_its_terminator_is_an_error_with_what_had_come(after: int, whole: bool):
    kit = FakeKit([FakeReply(("one ", "two"), cut_after=after)])
    with pytest.raises(StreamInterruptedError, match="stopped before the answer was complete") as caught:
        kit.chat(ASK) if whole else list(kit.stream(ASK))
    assert caught.value.partial == "".join(("one ", "two")[:after])


def test_a_broken_stream_has_no_final_chunk():
    running = FakeKit([FakeReply(("one ", "two"), cut_after=1)]).stream(ASK)
    assert not next(running).is_final
    with pytest.raises(StreamInterruptedError):
        next(running)


def test_the_return_value_of_a_stream_is_the_whole_answer():
    running = FakeKit(["one two"]).stream(ASK)
    while True:
        try:
            next(running)
        except StopIteration as done:
            answer = done.value
            break
    assert (answer.content, answer.finish_reason, answer.model) == ("one two", FinishReason.STOP, "fake-model")


def test_an_answer_without_text_is_one_final_chunk():
    (chunk,) = FakeKit([""]).stream(ASK)
    assert (chunk.is_final, chunk.accumulated_text, chunk.delta.text) == (True, "", "")


def test_thinking_is_kept_apart_from_the_text():
    *_, last = FakeKit([FakeReply(("answer",), thinking="because")]).stream(ASK)
    assert (last.accumulated_text, last.accumulated_thinking) == ("answer", "because")


class BreakingPort:
    """Streams two pieces, then raises `error`; `opens` counts the attempts, the first `refusals` of which fail."""

    def __init__(self, error: Exception, *, refusals: int = 0) -> None:
        self.error, self.refusals, self.opens = error, refusals, 0

    @contextmanager
    def open(self, request: object):
        self.opens += 1
        if self.opens <= self.refusals:
            raise self.error

        def events():
            yield "one "
            yield "two"
            raise self.error

        yield events()


def test_the_final_chunk_comes_at_the_terminator_and_what_follows_is_looked_at_after_it():
    told = []

    class Port:
        @contextmanager
        def open(self, request: object):
            def events():
                yield "one "
                yield "[end]"
                told.append("looked for more")
                raise OSError("reset")

            yield events()

    class ClosingWire(TranslatingWire):
        def advance(self, draft: Draft, event: str) -> Draft:
            return replace(draft, done=True, closed=True) if event == "[end]" else draft.with_text(event)

    wire = ClosingWire(FakeKit()._provider.wire, OSError())
    kit = DeveloperKit(Provider("fake", wire, Port(), None, FakeKit()._provider.specs), KitSettings(model="fake-model"))
    told.extend((chunk.delta.text, chunk.is_final) for chunk in kit.stream(ASK))
    assert told == [("one ", False), ("", True), "looked for more"]


class TranslatingWire:
    """A fake kit's wire that turns one kind of error into ours."""

    def __init__(self, wire: object, ours: Exception) -> None:
        self._wire, self._ours = wire, ours

    def __getattr__(self, name: str) -> object:
        return getattr(self._wire, name)

    def error_from(self, error: Exception, spec: object) -> Exception:
        return self._ours if isinstance(error, OSError) else error


def breaking(port: BreakingPort, ours: Exception, retries: int = 0) -> DeveloperKit:
    kit = FakeKit()
    wire = TranslatingWire(kit._provider.wire, ours)
    provider = Provider("fake", wire, port, None, kit._provider.specs)
    return DeveloperKit(provider, KitSettings(model="fake-model", retry=RetryPolicy(retries=retries, first_delay=0.0)))


def test_an_error_of_the_network_in_the_middle_becomes_ours_with_the_partial_text():
    port = BreakingPort(OSError("reset"))
    with pytest.raises(StreamInterruptedError) as caught:
        list(breaking(port, StreamInterruptedError("the line broke")).stream(ASK))
    assert caught.value.partial == "one two"
    assert isinstance(caught.value.__cause__, OSError)


def test_a_partial_text_that_the_wire_knows_better_is_kept():
    port = BreakingPort(OSError("reset"))
    with pytest.raises(StreamInterruptedError) as caught:
        list(breaking(port, StreamInterruptedError("broke", partial="its own")).stream(ASK))
    assert caught.value.partial == "its own"


def test_an_error_that_is_not_the_providers_comes_out_unchanged():
    error = LookupError("ours to see")
    with pytest.raises(LookupError) as caught:
        list(breaking(BreakingPort(error), UsageError("x")).stream(ASK))
    assert caught.value is error


def test_a_stream_that_cannot_be_opened_is_tried_again_and_one_that_broke_is_not():
    port = BreakingPort(ConnectionError("refused"), refusals=1)
    ours = RactoGatewayError("no")
    seen = []
    with pytest.raises(RactoGatewayError):
        seen.extend(chunk.delta.text for chunk in breaking(port, ours, retries=3).stream(ASK))
    assert port.opens == 2


def test_a_kit_without_embeddings_says_so():
    from racto_nb.exceptions import UnsupportedError
    from racto_nb.models import EmbeddingConfig

    kit = breaking(BreakingPort(OSError()), OSError())
    with pytest.raises(UnsupportedError, match="fake offers no embeddings"):
        kit.embed(EmbeddingConfig(texts=["a"]))


def test_a_chat_is_a_flow_that_needs_no_io_to_be_driven():
    kit = FakeKit()
    flow = flows.chat(kit._provider, KitSettings(model="m"), ASK)
    sent = next(flow)
    assert sent.request.arguments["messages"] == [{"role": "user", "content": "Hi"}]
    assert kit.calls == []


def test_a_copy_with_another_timeout_shares_the_rest():
    kit = FakeKit(["a"], timeout=5)
    other = kit.with_timeout(None)
    assert (kit.timeout, other.timeout) == (5, None)
    assert other.chat(ASK).content == "a"
    assert kit.calls is other.calls
    assert type(other) is FakeKit


def test_the_spec_tells_what_the_model_can_do():
    able = Abilities(images=True)
    assert FakeKit(abilities=able).spec == ModelSpec("fake", "fake-model", able)


def test_the_final_chunk_and_only_it_brings_the_whole_answer():
    chunks = list(FakeKit(["one two"]).stream(ChatConfig(user_message="Count.")))

    assert [chunk.response is not None for chunk in chunks] == [False, False, True]
    assert chunks[-1].response.model == "fake-model"
    assert "response" not in chunks[-1].model_dump()
