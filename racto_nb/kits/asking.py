"""A kit asked from within a flow, whosever kit it is. Kind: flow."""

from __future__ import annotations

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.kits.kit import DeveloperKit
from racto_nb.models.asking import AnsweringKit
from racto_nb.models.chat import ChatConfig
from racto_nb.models.response import LLMResponse


def asked(kit: AnsweringKit, config: ChatConfig) -> Flow[LLMResponse]:
    """What `kit` answers. A kit of racto_nb is asked within the flow, so that an interrupt reaches its connection."""
    if isinstance(kit, DeveloperKit):
        answer: LLMResponse = yield from kit.answering(config)
    else:
        answer = yield from either(kit.chat, kit.achat, config)
    return answer
