"""The four ways to ask a kit, behind one call."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest
from colours import run_unblocked

from racto_nb.kits.kit import DeveloperKit
from racto_nb.models import ChatConfig

ASK = ChatConfig(user_message="What is 2 + 2?")


def chatted(kit: DeveloperKit, config: ChatConfig = ASK) -> Any:
    return kit.chat(config)


def achatted(kit: DeveloperKit, config: ChatConfig = ASK) -> Any:
    return run_unblocked(kit.achat(config))


def streamed(kit: DeveloperKit, config: ChatConfig = ASK) -> Any:
    return list(kit.stream(config))


def astreamed(kit: DeveloperKit, config: ChatConfig = ASK) -> Any:
    async def main() -> Any:
        async with aclosing(kit.astream(config)) as chunks:
            return [chunk async for chunk in chunks]

    return run_unblocked(main())


all_ways = pytest.mark.parametrize("way", [chatted, achatted, streamed, astreamed])
