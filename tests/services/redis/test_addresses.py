"""Addresses of servers: what is none is refused, and nothing of a password is shown, wherever it stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.redis.conftest import Did
from valkey_server import ValkeyServer

from racto_nb.exceptions import UsageError
from racto_nb.redis import RedisChatMemory, RedisExactCache, RedisRateLimiter
from racto_nb.redis.places import checked_url, place_of


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost",
        "redis://u:geheim@h:ab/0",
        "redis://u:ge#heim:6379@h",
        "redis://[u:geheim",
        6379,
        "redis://user:4821/geheim@host:6379/0",
        "redis://user:4821?geheim@host:6379/0",
        "redis://user:4821#geheim@host:6379/0",
        "redis://localhost/geheim",
        "redis://localhost/0#geheim",
        "unix:///tmp/geheim@socket",
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(url: Any):
    for made in (RedisExactCache, RedisRateLimiter, RedisChatMemory):
        with pytest.raises(UsageError) as caught:
            made(url=url)
        assert "heim" not in str(caught.value)
    if isinstance(url, str):
        assert "heim" not in place_of(url)


@pytest.mark.parametrize("option", ["socket_timeout=geheim", "pasword=geheim", "protocol=geheim", "retry=geheim"])
def test_an_option_of_an_address_that_is_none_is_named_and_its_value_is_not(valkey: ValkeyServer, did: Did, option: str):
    with RedisRateLimiter(url=f"{valkey.url()}?{option}") as limiter:
        with pytest.raises(UsageError, match=option.partition("=")[0]) as caught:
            did(limiter, "check_and_consume", "u")
        assert "geheim" not in str(caught.value)


SERVERS = st.builds(
    lambda scheme, user, password, host, path: (f"{scheme}://{user}:{password}@{host}{path}", password),
    st.sampled_from(["redis", "rediss"]),
    st.sampled_from(["", "user", "u@x"]),
    st.text("geh/?#@:%[]1", min_size=4, max_size=8).map(lambda text: f"GE{text}HEIM"),
    st.sampled_from(["host", "host:6379", "[::1]:6379"]),
    st.sampled_from(["", "/", "/0", "/0?socket_timeout=3"]),
)


@given(SERVERS)
def test_whatever_is_in_a_password_no_part_of_it_is_shown(server: tuple[str, str]):
    url, _ = server
    assert not any(part in place_of(url) for part in ("GE", "HEIM"))
    said = ""
    try:
        checked_url(url)
    except UsageError as error:
        said = str(error)
    assert not any(part in said for part in ("GE", "HEIM"))
