"""An answer from the hits of an explorer, written onto the page while it comes."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from racto_nb.models.response import LLMResponse
from racto_nb.notebook.controllers.explorer.state import DONE, FAILED, STOPPED, Reply, Results
from racto_nb.notebook.magics.answering import Asking, answered_async
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.failing import line_of
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.notebook.widgets.streaming import Page, PageAnswer
from racto_nb.rag.answering import UNASKED, Wanted, prepared, responded
from racto_nb.rag.passages import NOT_IN_CONTEXT
from racto_nb.rag.retrieval import RetrievalOptions

if TYPE_CHECKING:
    from racto_nb.kits.kit import DeveloperKit
    from racto_nb.rag.answering import Answerer

MOST_TOKENS = 2_048
KEY = "answer"


async def replied(page: Page, answerer: Answerer, kit: DeveloperKit, results: Results) -> Reply:
    """The answer of `kit` from the hits of the first way; a failure is said in it."""
    question, window = results.asked.text, kit.spec.abilities.window
    room = MOST_TOKENS if window is None else min(MOST_TOKENS, window // 4)
    wanted = Wanted(question, results.asked.top_k, None, RetrievalOptions(), None, 0.0, room)
    ready = prepared(results.sides[0].hits, replace(answerer, kit=kit), wanted)
    if not ready.sources:
        response = responded(LLMResponse(content=NOT_IN_CONTEXT, origin=UNASKED), question, ready)
        return Reply(question, DONE, NOT_IN_CONTEXT, "no passage was found, and nobody was asked", response=response)
    asked = Question(ready.config, None, wants_json=False)
    refuse_secrets(asked.prompt_text, os.environ, what="What was found contains")
    shown = PageAnswer(page=page, key=KEY, stepped=lambda _: None)
    outcome = await answered_async(Asking(kit, asked, shown, place="explorer.answer"))
    shown.finish()
    result, error = outcome.result, outcome.error
    if error is None:
        told = responded(result.response, question, ready)
        return Reply(question, DONE, result.text, result.footer, response=told)
    stopped = isinstance(error, asyncio.CancelledError)
    warning = "stopped" if stopped else line_of(error, place="explorer.answer")
    return Reply(question, STOPPED if stopped else FAILED, result.text, result.footer, warning)
