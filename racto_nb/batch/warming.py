"""Ask one short question for each beginning that items share, so that the provider's cache has it before the batch begins.

The items of a batch run at the same time: without this, none finds in the cache what another has put there. Kind: flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from racto_nb.batch.desk import Desk
from racto_nb.batch.planning import Asked, Plan
from racto_nb.flow.effects import Flow, call
from racto_nb.models.batches import BatchItem
from racto_nb.models.response import LLMResponse
from racto_nb.providers.answering import response_of
from racto_nb.providers.failures import HttpFailure
from racto_nb.providers.wire import Request

_QUESTION = "Answer with: ok"
_LEAST_TOKENS = 16
"""Fewer are refused by some APIs."""


def warmed(desk: Desk, plan: Plan, cache: str) -> Flow[list[LLMResponse]]:
    """The answers to the short questions, one for each beginning that two or more items share."""
    requests: list[Request] = yield from call(partial(questions, desk, plan, cache))
    responses: list[LLMResponse] = []
    for request in requests:
        raw = yield from desk.read(request)
        try:
            draft = desk.provider.wire.draft_from(raw)
        except HttpFailure as failure:
            raise desk.ours(failure) from None
        # What it says is of no interest, nor whether it was cut: it has read the beginning.
        responses.append(response_of(replace(draft, calls=()), desk.spec, raw))
    return responses


def questions(desk: Desk, plan: Plan, cache: str) -> list[Request]:
    """One request for each beginning that several items share."""
    shared: dict[object, list[Asked]] = {}
    for one in plan.asked:
        shared.setdefault(_beginning(one.config), []).append(one)
    return [_question(desk, group, cache) for group in shared.values() if len(group) > 1]


def _beginning(config: BatchItem) -> object:
    said = tuple((turn.role, turn.content) for turn in config.history)
    return id(config.prompt), id(config.tools), config.response_model, said


def _question(desk: Desk, group: Sequence[Asked], cache: str) -> Request:
    told: dict[str, object] = {
        "user_message": _QUESTION,
        "attachments": None,
        "max_tokens": _LEAST_TOKENS,
        "native_thinking": False,
        "thinking_budget": 1,
        "extra": {},
    }
    config = group[0].config.model_copy(update=told)
    return desk.api.marked(desk.provider.wire.request_from(config, desk.spec, stream=False), cache)
