"""Addresses of databases: read, built and named, never with a password."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import SourceError
from racto_nb.pipelines.sql_analyst.sources.addresses import Address, address_of, dialect_of, url_of

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@given(WORDS, WORDS, WORDS, st.sampled_from(["postgres", "mysql"]), st.integers(1, 65535))
def test_a_built_address_is_read_as_it_was(user: str, password: str, database: str, dialect, port: int):
    address = Address(dialect, "db.example", port, database, user, password, {"application_name": "a b&c"})
    assert address_of(url_of(address)) == address


@given(WORDS)
def test_a_password_is_in_no_name_repr_or_identity(word: str):
    password = f"s3same-{word}-s3same"
    address = Address("postgres", "db", 5432, "shop", "ann", password)
    for form in (password, quote(password, safe="")):
        assert form not in address.name + repr(address) + address.identity
        assert form not in address.cleaned(f"no connection with {form}")


@pytest.mark.parametrize("form", ["p%40s%2fs+1", "p@s\\/s+1", "p@s\\u002Fs\\u002B1"])
def test_a_password_is_taken_out_however_its_signs_are_escaped(form: str):
    assert Address("postgres", "db", password="p@s/s+1").cleaned(f"not {form}.") == "not [password]."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("postgresql://ann@db:5432/shop", "postgresql://ann@db:5432/shop"),
        ("postgres://ann:p%40ss%2Fw@db/shop", "postgresql://ann@db:5432/shop"),
        ("postgresql+asyncpg://ann:x@db/shop", "postgresql://ann@db:5432/shop"),
        ("mysql+aiomysql://ann:x@db/shop", "mysql://ann@db:3306/shop"),
        ("mariadb://db/shop", "mysql://db:3306/shop"),
        ("postgresql://[::1]:6000/my%20shop", "postgresql://[::1]:6000/my%20shop"),
        ("postgresql:///shop?host=/run/postgres", "postgresql://%2Frun%2Fpostgres:5432/shop"),
    ],
)
def test_a_name_says_who_logs_in_where(text: str, name: str):
    assert address_of(text).name == name


def test_drivers_of_one_database_have_one_identity():
    addresses = [
        f"{scheme}://ann:x@db:5432/shop" for scheme in ("postgresql", "postgres", "postgresql+psycopg", "postgresql+asyncpg")
    ]
    assert len({address_of(each).identity for each in addresses}) == 1


def test_another_database_login_or_password_is_another_identity():
    texts = (
        "ann:x@db/shop",
        "ann:y@db/shop",
        "bob:x@db/shop",
        "ann:x@db/other",
        "ann:x@other/shop",
        "ann:x@db/shop?sslmode=require",
    )
    assert len({address_of(f"postgresql://{each}").identity for each in texts}) == len(texts)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://ann:s3same@w/rd@db/shop",
        "postgresql://ann:s3same/w@rd@db/shop",
        "postgresql://ann:s3same#w@db/shop",
        "mysql://a:s3same/x@db",
    ],
)
def test_a_password_that_is_not_escaped_is_refused_and_not_shown(text: str):
    with pytest.raises(SourceError, match=r"escap") as refused:
        address_of(text)
    assert "s3same" not in str(refused.value)


@pytest.mark.parametrize(
    ("scheme", "nearest"), [("postgre", "postgres"), ("mysqll", "mysql"), ("duckdbb", "duckdb"), ("oracle", "Known: duckdb")]
)
def test_an_unknown_scheme_names_the_nearest(scheme: str, nearest: str):
    with pytest.raises(SourceError, match=nearest):
        dialect_of(scheme)


def test_a_short_password_does_not_tear_words_up():
    address = Address("postgres", "db", password="p")
    assert address.cleaned("cannot prepare p here") == "cannot prepare [password] here"
