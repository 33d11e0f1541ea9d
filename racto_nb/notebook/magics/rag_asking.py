"""`%%racto rag NAME`: the cell is a question, which is answered from the passages that the retriever NAME finds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.response import LLMResponse
from racto_nb.notebook.magics.answering import Answered, Asking, answered
from racto_nb.notebook.magics.asking import Question
from racto_nb.notebook.magics.costing import budget_of
from racto_nb.notebook.magics.filtering import filter_of
from racto_nb.notebook.magics.hearing import heard
from racto_nb.notebook.magics.interpolating import rendered
from racto_nb.notebook.magics.rag_options import RagOptions, read_rag_options
from racto_nb.notebook.magics.result import NOT_SENT, RactoResult
from racto_nb.notebook.magics.retrievers import held_retriever
from racto_nb.notebook.magics.secrecy import refuse_secrets
from racto_nb.rag.answering import UNASKED, Answerer, Ready, Wanted, prepared, responded
from racto_nb.rag.filters import Filter
from racto_nb.rag.passages import NOT_IN_CONTEXT, TEMPLATE
from racto_nb.rag.results import RetrievalResult
from racto_nb.rag.retrieval import RetrievalOptions

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics

TOP_K = 5
MOST_TOKENS = 2_048
"""Tokens of an answer where the cell says nothing, but no more than a quarter of the model's window: passages need room."""


@dataclass(frozen=True, slots=True)
class RagCell:
    """A cell that can be asked: the `retriever`, the `question` without braces, and which passages count."""

    options: RagOptions
    retriever: Any
    question: str
    condition: Filter | None

    def hits(self) -> list[RetrievalResult]:
        """The passages for the question, best first. Searching them may embed the question; no model is asked."""
        how = {} if self.options.mode is None else {"mode": self.options.mode}
        return list(self.retriever.retrieve(self.question, self.options.top_k or TOP_K, self.condition, **how))

    def answerer(self, kit: DeveloperKit | None) -> Answerer:
        """Who answers, with the prompt and the template of the retriever, where it has them."""
        own = getattr(self.retriever, "answerer", None)
        return Answerer(kit, None, TEMPLATE) if own is None else replace(own, kit=kit)

    def wanted(self, kit: DeveloperKit | None) -> Wanted:
        """What is asked for."""
        asking = self.options.asking
        window = kit.spec.abilities.window if kit is not None else None
        room = asking.max_tokens or (MOST_TOKENS if window is None else min(MOST_TOKENS, window // 4))
        top_k = self.options.top_k or TOP_K
        return Wanted(self.question, top_k, self.condition, RetrievalOptions(), None, asking.temperature or 0.0, room)

    def ready(self, kit: DeveloperKit | None, hits: Sequence[RetrievalResult]) -> Ready:
        """The exact message. TemplateError where a passage or the question holds a secret of the environment."""
        made = prepared(hits, self.answerer(kit), self.wanted(kit))
        refuse_secrets(Question(made.config, None, wants_json=False).prompt_text, os.environ, what="What was found contains")
        return made


def ask_rag(magics: RactoMagics, words: Sequence[str], cell: str) -> None:
    """Carry out the cell. Errors fail it; what had arrived is kept either way."""
    options = read_rag_options(words)
    options = replace(options, asking=magics.with_settings(options.asking))
    magics.refuse_overwriting(options.asking)
    if options.asking.into == options.name:
        message = f"--into {options.name} would overwrite the RactoRAG of this name. Choose another name. Nothing was sent."
        raise UsageError(message)
    asked = _read(options, cell, magics)
    model = _model(asked, magics)
    if options.asking.dry_run:
        _show_dry(asked, model, magics)
        return
    kit = model if isinstance(model, DeveloperKit) else magics.kit(model, options.asking)
    with heard() as notes:
        outcome, shown = _asked(asked, kit, magics)
    outcome.result = replace(outcome.result, notes=(*outcome.result.notes, *notes))
    magics.keep(outcome, options.asking)
    magics.finish(outcome, shown)
    if outcome.error is not None:
        raise outcome.error


def _read(options: RagOptions, cell: str, magics: RactoMagics) -> RagCell:
    retriever = held_retriever(options.name, magics.namespace)
    question = rendered(cell, magics.namespace).strip()
    if not question:
        message = "The cell is empty. Write the question below the %%racto line."
        raise UsageError(message)
    return RagCell(options, retriever, question, filter_of(options.filters, magics.namespace))


def _model(asked: RagCell, magics: RactoMagics) -> DeveloperKit | str:
    """Who answers: the one that the cell names, else the retriever's own kit, else that of cells without --model."""
    asking = asked.options.asking
    if asking.model:
        return asking.model[0]
    own = getattr(getattr(asked.retriever, "answerer", None), "kit", None)
    if own is None:
        return magics.model
    if not isinstance(own, DeveloperKit):
        message = f"The llm_kit of {asked.options.name!r} is a {type(own).__name__}, which cells cannot show."
        raise UsageError(f"{message} Name a model with --model. Nothing was sent.")
    return magics.through_cache(own if asking.timeout is None else own.with_timeout(asking.timeout), asking)


def _asked(asked: RagCell, kit: DeveloperKit, magics: RactoMagics) -> tuple[Answered, Any]:
    options = asked.options.asking
    ready = asked.ready(kit, asked.hits())
    question = Question(ready.config, None, wants_json=False)
    shown = magics.display_for(options, question, f"{kit.provider}:{kit.model}")
    if not ready.sources:
        shown.open()
        return _nothing_found(asked, kit, ready), shown
    outcome = answered(Asking(kit, question, shown, stream=not options.no_stream, budget=budget_of(options)))
    if outcome.error is None:
        outcome.result = replace(outcome.result, rag=responded(outcome.result.response, asked.question, ready))
    return outcome, shown


def _nothing_found(asked: RagCell, kit: DeveloperKit, ready: Ready) -> Answered:
    """Nobody is asked about nothing: a model would answer from memory."""
    response = LLMResponse(content=NOT_IN_CONTEXT, origin=UNASKED)
    told = responded(response, asked.question, ready)
    result = RactoResult(
        text=NOT_IN_CONTEXT,
        response=response,
        model=f"{kit.provider}:{kit.model}",
        prompt_text="",
        cost=0.0,
        origin=NOT_SENT,
        rag=told,
    )
    return Answered(result)


def _show_dry(asked: RagCell, model: DeveloperKit | str, magics: RactoMagics) -> None:
    """Show the hits and the exact prompt. No model is asked, and it needs no key of one."""
    from racto_nb.notebook.display.passages import hits_bundle
    from racto_nb.notebook.display.showing import show_bundle
    from racto_nb.notebook.magics.dry_runs import show_dry

    hits = asked.hits()
    show_bundle(hits_bundle(hits))
    if hits:
        show_dry(magics, model, asked.options.asking, lambda kit: Question(asked.ready(kit, hits).config, None, wants_json=False))
