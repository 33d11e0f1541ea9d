"""Whatever a user has becomes a source; what is not there is named, and never made."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
import sqlalchemy
from rag.stores.postgres_server import PostgresServer
from sqlalchemy.ext.asyncio import create_async_engine

from racto_nb.exceptions import MissingFileError, SourceError, UsageError, WrongTypeError
from racto_nb.pipelines.sql_analyst.limits import RunLimits
from racto_nb.pipelines.sql_analyst.sources.opening import opened_source

LIMITS = RunLimits(deadline=120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a database of each kind and some tables."""
    with closing(sqlite3.connect(tmp_path / "pets.sqlite")) as connection:
        connection.executescript("CREATE TABLE pets (name TEXT); INSERT INTO pets VALUES ('Rex');")
    (tmp_path / "pets.db").write_bytes((tmp_path / "pets.sqlite").read_bytes())
    with duckdb.connect(tmp_path / "pets.duckdb") as connection:
        connection.execute("CREATE TABLE pets AS SELECT 'Rex' AS name")
    (tmp_path / "duck.db").write_bytes((tmp_path / "pets.duckdb").read_bytes())
    tables = tmp_path / "tables"
    tables.mkdir()
    (tables / "pets.csv").write_text("name\nRex\n")
    pl.DataFrame({"name": ["Tom"]}).write_parquet(tables / "2024 cats.parquet")
    (tables / "readme.md").write_text("no table")
    return tmp_path


def names(given: object, sql: str = "SELECT name FROM pets") -> list[Any]:
    source = opened_source(connection_string=given)
    try:
        return source.run(sql, LIMITS).frame["name"].to_list()
    finally:
        source.close()


@pytest.mark.parametrize(
    ("file", "dialect"), [("pets.sqlite", "sqlite"), ("pets.db", "sqlite"), ("pets.duckdb", "duckdb"), ("duck.db", "duckdb")]
)
def test_a_file_is_what_is_in_it(folder: Path, file: str, dialect: str):
    source = opened_source(connection_string=folder / file)
    assert source.dialect == dialect
    assert names(str(folder / file)) == names(folder / file) == ["Rex"]


@pytest.mark.parametrize(
    "form",
    [
        "sqlite:///{}/pets.sqlite",
        "sqlite+aiosqlite:///{}/pets.sqlite",
        "sqlite:///file:{}/pets.sqlite?mode=ro&uri=true",
        "duckdb:///{}/pets.duckdb",
    ],
)
def test_an_address_of_a_file_leads_to_it(folder: Path, form: str):
    assert names(form.format(folder)) == ["Rex"]


def test_tables_in_files_have_the_names_of_the_files(folder: Path):
    assert names(folder / "tables" / "pets.csv") == ["Rex"]
    assert names(folder / "tables", "SELECT name FROM pets UNION ALL SELECT name FROM t_2024_cats ORDER BY 1") == ["Rex", "Tom"]
    assert names({"dogs": folder / "tables" / "pets.csv"}, "SELECT name FROM dogs") == ["Rex"]


def test_frames_and_connections_are_asked(folder: Path):
    frame = pl.DataFrame({"name": ["Rex"]})
    assert names(frame, "SELECT name FROM df") == ["Rex"]
    assert names(pd.DataFrame({"name": ["Rex"]}), "SELECT name FROM df") == ["Rex"]
    assert names({"pets": frame}) == ["Rex"]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE pets AS SELECT 'Rex' AS name")
        assert names(connection) == ["Rex"]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE pets AS SELECT 'Rex' AS name")
        assert names(connection) == ["Rex"]


def test_engines_of_either_colour_are_their_databases(folder: Path):
    engine = sqlalchemy.create_engine(f"sqlite:///{folder}/pets.sqlite")
    assert names(engine) == ["Rex"]
    engine.dispose()
    url = sqlalchemy.URL.create("postgresql+psycopg", "ann", "p@ss/wörd", "db", 6000, "my shop", {"sslmode": "require"})
    source: Any = opened_source(engine=sqlalchemy.create_engine(url))
    assert source.name == "postgresql://ann@db:6000/my%20shop"
    assert (source._address.password, source._address.options) == ("p@ss/wörd", {"sslmode": "require"})
    pretended = SimpleNamespace(url=sqlalchemy.URL.create("mysql+aiomysql", "ann", "x", "db", None, "shop"), dialect=None)
    assert opened_source(engine=pretended).name == "mysql://ann@db:3306/shop"


def test_an_engine_in_memory_is_its_connection():
    engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.StaticPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE pets AS SELECT 'Rex' AS name")
    assert names(engine) == ["Rex"]
    engine.dispose()


def test_parts_make_an_address(postgres: PostgresServer):
    for password in ("p@ss/w", "é", "with space", "a:b?c#d%20"):
        source: Any = opened_source(database="shop", username="ann@corp", password=password, host="db", port=6000)
        assert source.name == "postgresql://ann%40corp@db:6000/shop"
        assert source._address.password == password
    assert opened_source(database="shop", driver="mysql").name == "mysql://localhost:3306/shop"
    assert opened_source(database="shop", driver="mysql+pymysql", port=3307).name == "mysql://localhost:3307/shop"


def test_a_path_may_be_given_as_the_database_of_a_driver(folder: Path):
    for driver, file in (("sqlite", "pets.sqlite"), ("sqlite+aiosqlite", "pets.db"), ("duckdb", "pets.duckdb")):
        source = opened_source(database=str(folder / file), driver=driver)
        assert source.run("SELECT name FROM pets", LIMITS).frame.rows() == [("Rex",)]
        source.close()


def test_a_source_is_itself(folder: Path):
    source = opened_source(connection_string=folder / "pets.db")
    assert opened_source(connection_string=source) is source
    assert opened_source(engine=source) is source


def test_sources_of_one_file_have_one_identity(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    forms = ["pets.sqlite", folder / "pets.sqlite", f"sqlite:///{folder}/pets.sqlite", "sqlite:///pets.sqlite"]
    assert len({opened_source(connection_string=form).identity for form in forms}) == 1
    assert opened_source(connection_string="pets.db").identity != opened_source(connection_string="pets.sqlite").identity


def test_nothing_or_two_things_are_refused(folder: Path):
    with pytest.raises(ValueError, match="Say what to ask"):
        opened_source()
    with pytest.raises(UsageError, match="not both"):
        opened_source(connection_string="postgresql://db/shop", engine=folder / "pets.db")
    with pytest.raises(UsageError, match="in memory"):
        opened_source(connection_string="sqlite://")
    with pytest.raises(UsageError, match="not both"):
        opened_source(connection_string={"a": pl.DataFrame(), "b": "b.csv"})
    with pytest.raises(WrongTypeError, match="cannot be asked"):
        opened_source(connection_string=3.5)


@pytest.mark.parametrize("form", ["{}/pest.db", "sqlite:///{}/pest.sqlite", "duckdb:///{}/pest.duckdb"])
def test_a_missing_file_is_named_with_the_nearest_and_not_made(folder: Path, form: str):
    before = sorted(folder.iterdir())
    with pytest.raises(MissingFileError, match=r"Did you mean 'pets"):
        opened_source(connection_string=form.format(folder))
    assert sorted(folder.iterdir()) == before


def test_an_unknown_scheme_and_a_folder_without_tables_are_source_errors(folder: Path):
    with pytest.raises(SourceError, match="Did you mean 'postgresql'"):
        opened_source(connection_string="postgresq://db/shop")
    (folder / "empty").mkdir()
    with pytest.raises(SourceError, match="no table in the folder"):
        opened_source(connection_string=folder / "empty")


async def test_an_async_engine_is_the_same_database(folder: Path):
    pytest.importorskip("aiosqlite")
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/pets.sqlite")
    assert opened_source(engine=engine).dialect == "sqlite"
    await engine.dispose()
