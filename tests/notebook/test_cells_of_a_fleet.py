"""Cells whose answers a fleet shares, and a kit in a cell whose user has no tokens left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from in_process_notebook import Notebook
from valkey_server import ValkeyServer

from racto_nb.exceptions import RateLimitExceededError
from racto_nb.limiting import RateLimitConfig, RateLimiter
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.redis import RedisExactCache
from racto_nb.redis.connecting import Command
from racto_nb.testing import FakeKit


@pytest.fixture
def magics(notebook: Notebook) -> Iterator[RactoMagics]:
    notebook["kit"] = FakeKit(["one", "two"])
    magics = notebook.shell.magics_manager.registry["RactoMagics"]
    yield magics
    magics.close()


def test_cells_share_their_answers_with_a_fleet_and_show_no_password(
    notebook: Notebook, magics: RactoMagics, valkey: ValkeyServer
):
    with RedisExactCache(url=valkey.url(9)) as cache:
        cache._way.send(Command(("FLUSHDB",)))
        magics.cache = valkey.url(9).replace("redis://", "redis://default:geheim-1@")
        notebook.ok("%%racto --model kit\nOne colour?")
        assert len(cache) == 1
        assert notebook["_racto"].origin == "fresh"
        notebook.ok("%%racto --model kit\nOne colour?")
        assert (notebook["_racto"].text, notebook["_racto"].origin) == ("one", "exact")
        for line in ("%racto cache", "%racto cache on"):
            notebook.ok(line)
            assert f"127.0.0.1:{valkey.port}/9" in notebook.text
            assert "geheim" not in notebook.text
        notebook.ok("%racto cache clear")
        assert len(cache) == 0


def test_a_cell_whose_user_has_no_tokens_left_fails_with_a_line(notebook: Notebook, magics: RactoMagics):
    notebook["kit"] = FakeKit(["one"]).with_rate_limiter(RateLimiter(RateLimitConfig(max_tokens_per_minute=10)), user_id="ann")
    error = notebook.failed("%%racto --model kit\nOne colour?")
    assert isinstance(error, RateLimitExceededError)
    assert "'ann' may take 10 tokens more" in str(error)
