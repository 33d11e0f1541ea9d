"""One question to several models at once, their answers side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import AnswerError, MissingExtraError, RactoGatewayAuthError
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.notebook.display.columns import Column, SideBySide, chosen_columns
from racto_nb.notebook.display.tables import show_text
from racto_nb.notebook.magics.answering import Answered, Asking
from racto_nb.notebook.magics.answers import Answers
from racto_nb.notebook.magics.asking import Question, question_of
from racto_nb.notebook.magics.costing import budget_of, tag_without_kit
from racto_nb.notebook.magics.dry_runs import show_only
from racto_nb.notebook.magics.failing import Interrupted, line_of
from racto_nb.notebook.magics.hearing import heard
from racto_nb.notebook.magics.options import Options
from racto_nb.notebook.magics.result import NOT_SENT, RactoResult
from racto_nb.notebook.magics.together import Together
from racto_nb.notebook.magics.wording import clipped
from racto_nb.providers.directory import split_model

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics

LONGEST_REASON = 160
"""Characters of each reason in the line that fails the cell; the whole stands below the answer."""
_NOT_READY = (RactoGatewayAuthError, MissingExtraError)
"""Why a kit cannot be opened here though the cell is right: its answer fails, and the others are given."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One of the models: its kit and the question to it, or why there is none."""

    name: str
    kit: DeveloperKit | None = None
    question: Question | None = None
    error: Exception | None = None


def ask_several(magics: RactoMagics, options: Options, cell: str) -> None:
    """Ask all models of `options`. Raises when one of them failed, after the answers of the others were shown and kept."""
    models = [_opened(magics, options, cell, name) for name in options.model]
    ready = [model for model in models if model.error is None]
    if not ready:
        raise next(model.error for model in models if model.error is not None)
    if options.dry_run:
        _show_only(ready)
        return
    wants_json = any(model.question is not None and model.question.wants_json for model in ready)
    code, in_kernel = "json" if wants_json else "", hasattr(magics.shell, "kernel")
    shown = chosen_columns(magics.mode_of(options), options.model, in_kernel=in_kernel, budget=magics.budget, code=code)
    with heard() as notes:
        outcomes = _answered(magics, options, models, shown)
    results = {name: outcome.result for name, outcome in outcomes.items()}
    errors = {name: outcome.error for name, outcome in outcomes.items() if outcome.error is not None}
    kept = options.into or "_racto"
    magics.namespace["_racto"] = magics.namespace[kept] = magics.session.last = Answers(results, errors)
    shown.finish()
    if not options.quiet:
        for note in notes:
            show_text(note)
    if errors:
        raise _failure(errors, of=len(outcomes), kept=kept)


def _opened(magics: RactoMagics, options: Options, cell: str, name: str) -> _Asked:
    try:
        kit = magics.kit(name, options)
    except _NOT_READY as error:
        if not options.dry_run:
            return _Asked(name, error=error)
        return _Asked(name, None, question_of(options, cell, magics.namespace, []))
    return _Asked(name, kit, question_of(options, cell, magics.namespace, [], default_prompt=kit.default_prompt))


def _show_only(models: list[_Asked]) -> None:
    """Show each text that would be sent once, with all models that would get it."""
    texts: dict[str, list[_Asked]] = {}
    for model in models:
        if model.question is not None:
            texts.setdefault(model.question.prompt_text, []).append(model)
    for same in texts.values():
        if same[0].question is not None:
            tags = dict.fromkeys(_tag(model) for model in same)
            show_only(same[0].question, ", ".join(model.name for model in same), "; ".join(tags))


def _tag(model: _Asked) -> str:
    if model.question is None:
        return ""
    if model.kit is not None:
        return str(model.kit.estimate(model.question.config))
    entry, name = split_model(model.name)
    return f"{entry.name}:{name} · {tag_without_kit(entry.name, name, model.question)}"


def _answered(magics: RactoMagics, options: Options, models: list[_Asked], shown: SideBySide) -> dict[str, Answered]:
    kept = options.into or "_racto"
    found: dict[str, Answered] = {}
    asked: dict[str, Asking] = {}
    budget = budget_of(options)  # one for all of them
    for model, column in zip(models, shown.columns, strict=True):
        place = f"{kept}[{model.name!r}]"
        if model.kit is None or model.question is None:
            found[model.name] = _unasked(model)
            _finish(column, found[model.name], place)
        else:
            stream = not options.no_stream
            how: dict[str, Any] = {"stream": stream, "frame": options.df, "place": place, "budget": budget}
            asked[model.name] = Asking(model.kit, model.question, column, **how)
    shown.open()
    together = Together(list(asked.values()), ended=lambda asking, outcome: _finish(asking.shown, outcome, asking.place))
    together.paint = shown.paint
    for (name, asking), outcome in zip(asked.items(), together.answered(magics.session.portal()), strict=True):
        found[name] = outcome
        if isinstance(asking.shown, Column) and not asking.shown.is_finished:
            _finish(asking.shown, outcome, asking.place)  # it did not end in time after the cell was stopped
    return {model.name: found[model.name] for model in models}


def _unasked(model: _Asked) -> Answered:
    response = LLMResponse(finish_reason=FinishReason.ERROR)
    result = RactoResult("", response, model.name, "", origin=NOT_SENT, complete=False, warning="no answer")
    return Answered(result, model.error)


def _finish(column: object, outcome: Answered, place: str) -> None:
    if not isinstance(column, Column):
        return
    result, warning = outcome.result, outcome.result.warning
    if outcome.error is not None:
        stopped = isinstance(outcome.error, Interrupted)
        warning = f"{warning}: {'stopped' if stopped else line_of(outcome.error, place=place)}"
        outcome.result = replace(result, warning=warning)
    column.finish(result.footer, warning=warning, drawn=result.drawn if outcome.error is None else None)


def _failure(errors: Mapping[str, BaseException], *, of: int, kept: str) -> BaseException:
    """What fails the cell: an interrupt, or the names of those who gave no answer."""
    stopped = [name for name, error in errors.items() if isinstance(error, Interrupted)]
    if stopped:
        return Interrupted(f"{len(stopped)} of {of} answers were stopped; what had arrived is kept in {kept}")
    reasons = "; ".join(
        f"{name} ({clipped(line_of(error, place=f'{kept}[{name!r}]'), LONGEST_REASON)})" for name, error in errors.items()
    )
    rest = f" The other answers are in {kept}." if len(errors) < of else ""
    error = AnswerError(f"{len(errors)} of {of} models failed.{rest} {reasons}")
    error.__cause__ = next(iter(errors.values()))
    return error
