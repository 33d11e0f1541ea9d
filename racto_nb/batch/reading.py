"""From the provider's lines to one result for each item, in the order of the items. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from pydantic import ValidationError

from racto_nb.exceptions import AnswerError, RactoGatewayError
from racto_nb.kits.structuring import checked, validation_failure
from racto_nb.models.batches import BatchResult
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse
from racto_nb.providers.answering import response_of
from racto_nb.providers.batching import BatchApi, ItemAnswer, JobReport
from racto_nb.providers.failures import HttpFailure, Unreadable
from racto_nb.providers.wire import ModelSpec, Provider

_UNASKED = ChatConfig(user_message="What was asked is not known here.")


@dataclass(frozen=True, slots=True)
class PartAnswers:
    """What a provider's job gave: its report, the lines of its results, and the ids of its items, as far as they are known."""

    report: JobReport
    lines: Sequence[Mapping[str, Any]] = field(repr=False)
    ids: Sequence[str] = ()


def lines_from(pieces: Iterable[bytes]) -> list[Mapping[str, Any]]:
    """The lines of a file of results. Raises Unreadable for one that is no JSON object."""
    found: list[Mapping[str, Any]] = []
    for piece in pieces:
        try:
            line: object = msgspec.json.decode(piece)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Unreadable(f"{error}: {piece[:80]!r}") from None
        if not isinstance(line, dict):
            message = f"a line that is no JSON object: {piece[:80]!r}"
            raise Unreadable(message)
        found.append(cast("Mapping[str, Any]", line))
    return found


def results_of(
    parts: Sequence[PartAnswers],
    order: Sequence[str],
    configs: Mapping[str, ChatConfig],
    *,
    provider: Provider,
    api: BatchApi,
    spec: ModelSpec,
) -> list[BatchResult]:
    """One result for each id of `order`; without an order, one for each line, as the provider gave them.

    `configs` are what was asked, by id: an answer is held against the class that was asked for where it is known.
    """
    found: dict[str, BatchResult] = {}
    for part in parts:
        for place, line in enumerate(part.lines):
            answer = _identified(api.answer(line), part.ids, place)
            if answer.custom_id in found and found[answer.custom_id].ok:
                continue  # a provider that tells of an item twice: an answer is not replaced by what comes later
            config = configs.get(answer.custom_id, _UNASKED)
            found[answer.custom_id] = _result(answer, config, provider, spec)
        for custom_id, why in _unanswered(part, found).items():
            found[custom_id] = BatchResult(custom_id=custom_id, error=provider.redacted(why))
    return [found[custom_id] for custom_id in order] if order else list(found.values())


def _identified(answer: ItemAnswer, ids: Sequence[str], place: int) -> ItemAnswer:
    if answer.custom_id:
        return answer
    return ItemAnswer(ids[place] if place < len(ids) else f"#{place}", answer.reply, answer.error, answer.raw)


def _unanswered(part: PartAnswers, found: Mapping[str, BatchResult]) -> dict[str, str]:
    """Why the items of a part that no line tells of have no answer."""
    report = part.report
    ended = report.error or f"the job {report.job!r} ended as {report.status.value}"
    unsaid = f"{ended}, and the provider says nothing of this item" if not report.error else ended
    return {
        custom_id: report.wrong_lines.get(place, unsaid) for place, custom_id in enumerate(part.ids) if custom_id not in found
    }


def _result(answer: ItemAnswer, config: ChatConfig, provider: Provider, spec: ModelSpec) -> BatchResult:
    if answer.reply is None:
        raw = msgspec.json.decode(provider.redacted(msgspec.json.encode(answer.raw).decode()))  # errors quote keys
        return BatchResult(custom_id=answer.custom_id, error=provider.redacted(answer.error), raw=raw)
    response: LLMResponse | None = None
    try:
        response = _response(answer.reply, provider, spec)
        response = _checked(response, config)
    except AnswerError as error:
        kept = error.response if isinstance(error.response, LLMResponse) else response
        return BatchResult(custom_id=answer.custom_id, response=kept, error=str(error), raw=answer.raw)
    except RactoGatewayError as error:
        said = str(error).replace("The text is in .raw_response.", "The text is in response.content.")
        return BatchResult(custom_id=answer.custom_id, response=response, error=said, raw=answer.raw)
    return BatchResult(custom_id=answer.custom_id, response=response, raw=answer.raw)


def _response(reply: Mapping[str, Any], provider: Provider, spec: ModelSpec) -> LLMResponse:
    try:
        draft = provider.wire.draft_from(reply)
        if not draft.done:
            message = f"a reply that does not say that it is complete ({len(draft.text)} characters of text are in it)"
            raise Unreadable(message)
    except HttpFailure as failure:
        raise provider.wire.error_from(failure, spec) from None
    return response_of(draft, spec, reply)


def _checked(response: LLMResponse, config: ChatConfig) -> LLMResponse:
    try:
        return checked(response, config)
    except ValidationError as error:
        raise validation_failure(config, response, error, usages=[response.usage]) from error
