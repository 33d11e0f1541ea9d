"""From a question to an answer that names its passages, in both colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from colours import COLOURS, Colour
from fruit_chunks import TableEmbedder, chunk, filled

from racto_nb.exceptions import StreamInterruptedError, UsageError, WrongTypeError
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.wire import Abilities
from racto_nb.rag.answering import Answerer, Wanted, answering, streaming
from racto_nb.rag.keywords import KeywordIndex
from racto_nb.rag.passages import ANSWERING, NOT_IN_CONTEXT, TEMPLATE
from racto_nb.rag.retrieval import RetrievalOptions, Searched
from racto_nb.rag.stores import InMemoryVectorStore
from racto_nb.testing import FakeKit

both_colours = pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.name)
QUESTION = "When are refunds paid?"
PILE = (
    chunk("refunds", "Refunds are paid within 14 days.", (1.0, 0.0), kind="policy"),
    chunk("hours", "The shop opens at nine.", (0.8, 0.6), kind="faq"),
)


def searched(*chunks: Any) -> Searched:
    store = filled(*chunks) if chunks else InMemoryVectorStore()
    return Searched(store, TableEmbedder({QUESTION: (1.0, 0.0)}), KeywordIndex(store))


def wanted(**changes: Any) -> Wanted:
    usual = {"top_k": 5, "filters": None, "options": RetrievalOptions(mode="vector"), "prompt": None,
             "temperature": 0.0, "max_tokens": 256}  # fmt: skip
    return Wanted(question=QUESTION, **(usual | changes))


def by(kit: Any, prompt: RactoPrompt | None = None) -> Answerer:
    return Answerer(kit, prompt, TEMPLATE)


class OwnKit:
    """A kit of a user's: two methods."""

    def __init__(self, says: str) -> None:
        self.says = says

    def chat(self, config: ChatConfig) -> LLMResponse:
        return LLMResponse(content=self.says)

    async def achat(self, config: ChatConfig) -> LLMResponse:
        return LLMResponse(content=self.says)


class OwnStreams(OwnKit):
    """One that streams its words, and ends as it is told."""

    def __init__(self, says: str, *, ends: bool = True) -> None:
        super().__init__(says)
        self.ends, self.closed = ends, 0

    def _pieces(self):
        so_far = ""
        for word in self.says.split(" "):
            so_far += f"{word} "
            yield StreamChunk(accumulated_text=so_far)
        if self.ends:
            yield StreamChunk(accumulated_text=self.says, is_final=True)

    def stream(self, config: ChatConfig):
        try:
            yield from self._pieces()
        finally:
            self.closed += 1

    async def astream(self, config: ChatConfig):
        try:
            for piece in self._pieces():
                yield piece
        finally:
            self.closed += 1


@both_colours
@pytest.mark.parametrize("make", [FakeKit, lambda says: OwnKit(says[0])], ids=["a kit", "an object with chat and achat"])
def test_an_answer_knows_its_passages(colour: Colour, make: Callable[..., Any]):
    kit = make(["Within 14 days [1]."])

    response = colour.run(answering(searched(*PILE), by(kit), wanted()))

    assert response.answer.content == "Within 14 days [1]."
    assert [hit.chunk.chunk_id for hit in response.sources] == ["refunds", "hours"]
    assert (response.outcome, response.query, response.left_out) == ("answered", QUESTION, [])
    assert [each.text for each in response.citations] == ["Refunds are paid within 14 days."]
    assert [hit.chunk.chunk_id for hit in response.cited] == ["refunds"]
    assert "[1] Source:" in response.context_used


@both_colours
def test_passages_go_into_the_message_and_nothing_of_them_into_the_prompt(colour: Colour):
    kit = FakeKit(["Yes [1]."])

    colour.run(answering(searched(*PILE), by(kit), wanted(temperature=0.5, max_tokens=99)))

    (sent,) = kit.calls
    said = {message["role"]: message["content"] for message in sent["messages"]}
    assert said["system"].strip() == ANSWERING.compile().strip()
    assert PILE[0].content in said["user"]


@both_colours
@pytest.mark.parametrize(("given", "expected"), [((None, None), ANSWERING), (("kept", None), "kept"), (("kept", "now"), "now")])
def test_the_nearest_prompt_is_used(colour: Colour, given: Any, expected: Any):
    seen: list[ChatConfig] = []

    class Listens(OwnKit):
        def chat(self, config: ChatConfig) -> LLMResponse:
            seen.append(config)
            return super().chat(config)

        async def achat(self, config: ChatConfig) -> LLMResponse:
            return self.chat(config)

    prompts = [
        None if role is None else RactoPrompt(role=role, aim="a", constraints=[], tone="", output_format="text") for role in given
    ]

    colour.run(answering(searched(*PILE), by(Listens("x"), prompts[0]), wanted(prompt=prompts[1], temperature=0.5, max_tokens=9)))

    assert seen[0].prompt is ANSWERING if expected is ANSWERING else seen[0].prompt.role == expected
    assert (seen[0].temperature, seen[0].max_tokens) == (0.5, 9)


@both_colours
def test_nobody_is_asked_about_nothing(colour: Colour):
    kit = FakeKit([])

    response = colour.run(answering(searched(*PILE), by(kit), wanted(filters={"kind": "none"})))

    assert (response.outcome, response.answered, response.answer.content) == ("not_in_context", False, NOT_IN_CONTEXT)
    assert kit.calls == []


@both_colours
def test_what_the_passages_do_not_hold_is_no_answer(colour: Colour):
    response = colour.run(answering(searched(*PILE), by(FakeKit([NOT_IN_CONTEXT])), wanted()))

    assert (response.outcome, response.answered, response.citations) == ("not_in_context", False, [])


@both_colours
def test_an_answer_that_names_nothing_is_uncited_and_one_that_forges_is_told(colour: Colour):
    response = colour.run(answering(searched(*PILE), by(FakeKit(["Within 14 days [7]."])), wanted()))

    assert (response.outcome, response.unknown_citations) == ("uncited", [7])


@both_colours
def test_a_number_in_a_document_is_no_citation(colour: Colour):
    store = (chunk("forged", "As shown in [2], refunds are free.", (1.0, 0.0)), PILE[1])

    response = colour.run(answering(searched(*store), by(FakeKit(["Refunds take a while."])), wanted()))

    assert response.citations == []


@both_colours
def test_passages_that_do_not_fit_the_window_are_left_out_whole_and_told(colour: Colour):
    pile = [chunk(f"c{n}", f"Passage {n}. " + "word " * 300, (1.0, n / 10)) for n in range(6)]
    able = Abilities(json_schema=True, tools=True, embeddings=True, window=2_000)
    kit = FakeKit(["So [1]."], abilities=able)

    response = colour.run(answering(searched(*pile), by(kit), wanted(top_k=6)))

    assert 1 <= len(response.sources) < 6
    kept = [hit.chunk.chunk_id for hit in response.sources + response.left_out]
    assert kept == [f"c{n}" for n in range(6)]
    assert all(hit.chunk.content not in response.context_used for hit in response.left_out)


@both_colours
def test_without_a_kit_nothing_is_searched(colour: Colour):
    with pytest.raises(UsageError, match="llm_kit"):
        colour.run(answering(searched(*PILE), by(None), wanted()))
    with pytest.raises(WrongTypeError, match="chat and achat"):
        colour.run(answering(searched(*PILE), by("gpt"), wanted()))


@both_colours
@pytest.mark.parametrize("make", [FakeKit, lambda says: OwnStreams(says[0])], ids=["a kit", "an object that streams"])
def test_a_streamed_answer_begins_with_its_sources_and_ends_with_the_response(colour: Colour, make: Callable[..., Any]):
    kit = make(["Within 14 days [1]."])

    pieces = colour.collect(streaming(searched(*PILE), by(kit), wanted()))

    assert (pieces[0].text, [hit.chunk.chunk_id for hit in pieces[0].sources]) == ("", ["refunds", "hours"])
    assert [piece.is_final for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert pieces[-1].response.answer.content == "Within 14 days [1]."
    assert [each.number for each in pieces[-1].response.citations] == [1]


@both_colours
def test_the_pieces_of_a_kit_are_its_words(colour: Colour):
    pieces = colour.collect(streaming(searched(*PILE), by(FakeKit(["Within 14 days [1]."])), wanted()))

    assert "".join(piece.text for piece in pieces) == "Within 14 days [1]."


@both_colours
def test_a_stream_about_nothing_says_so(colour: Colour):
    pieces = colour.collect(streaming(searched(), by(FakeKit([])), wanted()))

    assert "".join(piece.text for piece in pieces) == NOT_IN_CONTEXT
    assert pieces[-1].response.outcome == "not_in_context"


@both_colours
def test_a_stream_that_is_left_early_closes_the_kits(colour: Colour):
    kit = OwnStreams("one two three four")

    colour.collect(streaming(searched(*PILE), by(kit), wanted()), most=2)

    assert kit.closed == 1


@both_colours
def test_a_stream_without_its_last_piece_is_no_answer(colour: Colour):
    with pytest.raises(StreamInterruptedError) as caught:
        colour.collect(streaming(searched(*PILE), by(OwnStreams("one two", ends=False)), wanted()))

    assert caught.value.partial == "one two "


@both_colours
def test_a_kit_that_cannot_stream_is_told(colour: Colour):
    with pytest.raises(UsageError, match="no stream"):
        colour.collect(streaming(searched(*PILE), by(OwnKit("x")), wanted()))
