"""RactoRAG asked: the methods that users call, over the whole of ingesting, finding and answering."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from colours import run_unblocked
from fruit_chunks import TableEmbedder
from rag.small_parts import Lines, Words
from rag.test_passages import INJECTIONS, passages_in

from racto_nb.exceptions import MissingKitError, UsageError, WrongTypeError
from racto_nb.models import ChatConfig, LLMResponse
from racto_nb.models.sources import Retriever
from racto_nb.rag import RactoRAG, RetrievalOptions
from racto_nb.rag.chunkers import FixedChunker
from racto_nb.rag.passages import NOT_IN_CONTEXT
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry

QUESTION = "When are refunds paid?"


def made(*replies, text="Refunds are paid within 14 days.\nThe shop opens at nine.\n", **options):
    """A RactoRAG that knows `text`, and its kit."""
    kit = FakeKit(replies)
    rag = RactoRAG(embedder=Words(), processors=[], llm_kit=kit, **{"chunker": Lines(), **options})
    rag.ingest_text(text, source="terms")
    return rag, kit


def asked(rag, colour, *given, **options):
    """`rag.query` or its async twin."""
    return rag.query(*given, **options) if colour == "sync" else run_unblocked(rag.aquery(*given, **options))


def streamed(rag, colour, *given, **options):
    """All pieces of `rag.stream_query` or its async twin."""

    async def collect():
        async with aclosing(rag.astream_query(*given, **options)) as pieces:
            return [piece async for piece in pieces]

    return list(rag.stream_query(*given, **options)) if colour == "sync" else run_unblocked(collect())


both = pytest.mark.parametrize("colour", ["sync", "async"])


def test_it_is_a_retriever():
    assert isinstance(made()[0], Retriever)


@both
def test_hits_say_why_they_stand_where_they_stand(colour):
    rag, _ = made()
    hits = rag.retrieve(QUESTION) if colour == "sync" else run_unblocked(rag.aretrieve(QUESTION))
    assert hits[0].chunk.content.startswith("Refunds")
    assert set(hits[0].parts) == {"vector", "bm25", "fused"}
    assert "refunds" in hits[0].explain().text


def test_the_mode_of_one_question_goes_before_that_of_the_object():
    rag, _ = made(retrieval=RetrievalOptions(mode="keyword"))
    assert set(rag.retrieve("refunds")[0].parts) == {"bm25"}
    assert set(rag.retrieve("refunds", mode="vector")[0].parts) == {"vector"}
    assert set(rag.retrieve("refunds", options=RetrievalOptions(mode="hybrid", mmr=0.5))[0].parts) == {
        "vector",
        "bm25",
        "fused",
        "mmr",
    }


@both
def test_an_answer_names_its_passages_with_places_in_the_document(colour):
    text = "The shop opens at nine.\nRefunds are paid within 14 days. We are happy to help.\n"
    rag, kit = made("They are paid within 14 days [1].", text=text)
    response = asked(rag, colour, QUESTION, mode="keyword")
    (citation,) = response.citations
    assert response.outcome == "answered"
    assert text[citation.start_char : citation.end_char] == citation.text == "Refunds are paid within 14 days."
    assert response.answer.content[citation.start : citation.end] == "[1]"
    assert (citation.page, citation.source.chunk.metadata.source) == (None, "terms")
    assert response.context_used in kit.calls[0]["messages"][1]["content"]


@both
def test_a_streamed_answer_ends_with_its_response(colour):
    rag, _ = made("Within 14 days [1].")
    pieces = streamed(rag, colour, QUESTION)
    assert "".join(piece.text for piece in pieces) == "Within 14 days [1]."
    assert pieces[0].sources
    assert [piece.is_final for piece in pieces].count(True) == 1
    assert pieces[-1].response.outcome == "answered"


def test_the_value_of_the_sync_stream_is_the_response():
    def through(rag):
        response = yield from rag.stream_query(QUESTION)
        told.append(response)

    told = []
    *_, last = through(made("Within 14 days [1].")[0])
    assert told == [last.response]


@both
def test_of_nothing_found_no_model_is_asked_and_the_answer_says_so(colour):
    rag, kit = made()
    response = asked(rag, colour, QUESTION, filters={"source": "elsewhere"})
    assert (response.outcome, response.answered, response.sources) == ("not_in_context", False, [])
    assert (response.answer.content, response.answer.origin, response.answer.model) == (NOT_IN_CONTEXT, "unasked", None)
    assert kit.calls == []
    assert streamed(rag, colour, QUESTION, filters={"source": "elsewhere"})[-1].response.answer.origin == "unasked"


@both
def test_without_a_kit_there_is_no_answer_and_nothing_is_embedded(colour):
    embedder = TableEmbedder({})
    rag = RactoRAG(embedder=embedder, chunker=Lines(), processors=[])
    with pytest.raises(MissingKitError, match="llm_kit=") as caught:
        asked(rag, colour, QUESTION)
    assert isinstance(caught.value, RuntimeError)
    with pytest.raises(MissingKitError):
        rag.stream_query(QUESTION)
    with pytest.raises(MissingKitError):
        rag.astream_query(QUESTION)
    assert embedder.asked == []


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"llm_kit": "gpt-6"}, WrongTypeError, "chat and achat"),
        ({"retrieval": "hybrid"}, WrongTypeError, "RetrievalOptions"),
        ({"context_template": "{context}"}, UsageError, "{question}"),
    ],
)
def test_parts_that_cannot_work_are_told_when_they_are_given(wrong, error, said):
    with pytest.raises(error, match=said):
        RactoRAG(embedder=Words(), chunker=Lines(), processors=[], **wrong)


@both
def test_a_template_and_a_prompt_of_ones_own_are_used(colour):
    rag, kit = made("Soon [1].", context_template="Q: {question}\n{{braces}}\n{context}")
    asked(rag, colour, "What is {context}?", temperature=0.5, max_tokens=77)
    (call,) = kit.calls
    assert call["messages"][1]["content"].startswith("Q: What is {context}?\n{braces}\n====")
    assert (call["temperature"], call["max_tokens"]) == (0.5, 77)


@pytest.mark.parametrize("attack", INJECTIONS)
def test_no_document_changes_the_system_text_or_leaves_its_place(attack):
    replies = ["Yes."]
    innocent, kit = made(*replies, text="Refunds: x")
    innocent.query("refunds x", mode="vector")
    rag, attacked_kit = made(*replies, text=f"{attack} refunds x {attack}", chunker=FixedChunker(512, 0))
    rag.ingest_text("Refunds.", source=attack, note=attack)
    response = rag.query("refunds x", mode="vector")
    (system, user), (expected, _) = (
        [message["content"] for message in calls[0]["messages"]] for calls in (attacked_kit.calls, kit.calls)
    )
    assert system == expected
    assert len(passages_in(response.context_used)) == len(response.sources) == 2
    assert user.count(response.context_used) == 1
    assert response.outcome == "uncited"


@both
def test_a_model_may_look_for_passages_itself(colour):
    rag, _ = made()
    found = ToolRegistry([rag.as_tool(top_k=1)]).get_callable("search_documents")
    assert "Refunds are paid" in found(question=QUESTION)
    assert len(passages_in(found(question=QUESTION))) == 1


def test_several_questions_at_once_keep_apart():
    rag, _ = made("One [1].", "One [1].", "One [1].")

    async def main():
        return await asyncio.gather(*(rag.aquery(QUESTION) for _ in range(3)))

    assert [response.outcome for response in asyncio.run(main())] == ["answered"] * 3


def test_the_kit_may_be_asked_with_tools_of_the_documents():
    rag, kit = made("Fine.")
    kit.chat(ChatConfig(user_message="Hi", tools=ToolRegistry([rag.as_tool()])))
    assert kit.calls[0]["tools"] == ["search_documents"]


@pytest.mark.parametrize(("given", "dropped"), [({}, 0), ({"temperature": 0.0}, 0), ({"temperature": 0.7}, 1)])
def test_a_model_without_a_temperature_is_warned_of_only_where_one_was_chosen(given, dropped):
    seen = []

    class Listens:
        def chat(self, config):
            seen.append("temperature" in config.model_fields_set)
            return LLMResponse(content="Soon [1].")

        async def achat(self, config):
            return self.chat(config)

    rag = RactoRAG(embedder=Words(), chunker=Lines(), processors=[], llm_kit=Listens())
    rag.ingest_text("Refunds are paid.")
    rag.query("refunds", **given)
    assert seen == [bool(dropped)]
