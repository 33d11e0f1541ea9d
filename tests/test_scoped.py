"""Settings of the process and of blocks."""

from __future__ import annotations

import asyncio
import threading

import pytest

from racto_nb._scoped import Scoped


def test_a_block_goes_before_the_process_and_ends_with_its_block():
    setting = Scoped("setting", "first")
    assert setting.set("second") == "first"
    with setting.block("inner"):
        with setting.block("innermost"):
            assert setting.get() == "innermost"
        assert setting.get() == "inner"
        setting.set("third")
        assert setting.get() == "inner"
    assert setting.get() == "third"


def test_none_within_a_block_is_a_value():
    setting: Scoped[str | None] = Scoped("setting", "on")
    with setting.block(None):
        assert setting.get() is None


def test_a_block_ends_with_an_error_too():
    setting = Scoped("setting", 0)
    with pytest.raises(LookupError), setting.block(1):
        raise LookupError
    assert setting.get() == 0


def test_a_block_is_not_seen_by_other_threads_and_what_holds_for_the_process_is():
    setting, seen = Scoped("setting", 0), list[int]()
    setting.set(1)
    with setting.block(2):
        thread = threading.Thread(target=lambda: seen.append(setting.get()))
        thread.start()
        thread.join()
    assert seen == [1]


async def test_blocks_of_tasks_that_take_turns_do_not_mix():
    setting = Scoped("setting", 0)

    async def one(value: int) -> list[int]:
        with setting.block(value):
            seen = [setting.get()]
            await asyncio.sleep(0)
            return [*seen, setting.get()]

    assert await asyncio.gather(one(1), one(2), one(3)) == [[1, 1], [2, 2], [3, 3]]
    assert setting.get() == 0
