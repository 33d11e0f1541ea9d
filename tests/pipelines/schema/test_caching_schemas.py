"""Schemas are read once for a while, by all pipelines of the process together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from colours import COLOURS, Colour
from pipelines.schema.parts import SHOP, database, table

from racto_nb.exceptions import SourceError
from racto_nb.flow.effects import Moment, Now
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.pipelines import clear_schema_cache
from racto_nb.pipelines.sql_analyst.schema.cache import SchemaCache, SchemaShelf
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema, SchemaWish


class Database:
    """A source that counts how often its schema was read."""

    def __init__(self, identity: str = "one", error: Exception | None = None) -> None:
        self.identity, self.error = identity, error
        self.wishes: list[SchemaWish] = []

    def read_schema(self, wish: SchemaWish) -> DatabaseSchema:
        self.wishes.append(wish)
        if self.error is not None:
            raise self.error
        return database(table(f"t{len(self.wishes)}"))

    async def aread_schema(self, wish: SchemaWish) -> DatabaseSchema:
        return self.read_schema(wish)


def at(cache: SchemaCache, source: Database, clock: float, wish: SchemaWish | None = None) -> DatabaseSchema:
    """What `cache` gives at the second `clock`."""
    flow = cache.reading(source, wish or SchemaWish())
    try:
        effect = next(flow)
        assert isinstance(effect, Now)
        flow.send(Moment(0.0, clock))
        flow.send(source.read_schema(wish or SchemaWish()))
    except StopIteration as end:
        return end.value
    raise AssertionError


@pytest.mark.parametrize("colour", COLOURS, ids=lambda each: each.name)
def test_a_schema_is_read_once(colour: Colour):
    cache, source = SchemaCache(shelf=SchemaShelf()), Database()
    first = colour.run(cache.reading(source, SchemaWish()))
    assert colour.run(cache.reading(source, SchemaWish())) is first
    assert len(source.wishes) == 1


def test_another_wish_and_another_source_are_read_for_themselves():
    cache, one, two = SchemaCache(shelf=SchemaShelf()), Database("one"), Database("two")
    for source in (one, two, one):
        for wish in (SchemaWish(), SchemaWish(samples=True)):
            SyncDriver().run(cache.reading(source, wish))
    assert one.wishes == two.wishes == [SchemaWish(), SchemaWish(samples=True)]


def test_a_schema_gets_old_for_each_cache_by_its_own_measure():
    shelf, source = SchemaShelf(), Database()
    patient, hasty = SchemaCache(100, shelf=shelf), SchemaCache(10, shelf=shelf)
    first = at(patient, source, 1000.0)
    assert at(hasty, source, 1009.0) is first
    assert at(patient, source, 1099.0) is first
    second = at(hasty, source, 1010.0)
    assert second is not first
    assert at(patient, source, 1099.0) is second


def test_without_a_lifetime_nothing_is_kept():
    shelf, source = SchemaShelf(), Database()
    for _ in range(2):
        SyncDriver().run(SchemaCache(0, shelf=shelf).reading(source, SchemaWish()))
    assert (len(source.wishes), len(shelf)) == (2, 0)


def test_errors_are_not_kept():
    cache, source = SchemaCache(shelf=SchemaShelf()), Database(error=SourceError("gone"))
    with pytest.raises(SourceError):
        SyncDriver().run(cache.reading(source, SchemaWish()))
    source.error = None
    assert SyncDriver().run(cache.reading(source, SchemaWish())).tables


def test_the_shelf_is_bounded_and_the_oldest_goes_first():
    shelf = SchemaShelf(most=2)
    cache, sources = SchemaCache(shelf=shelf), [Database(name) for name in "abc"]
    for source in sources:
        SyncDriver().run(cache.reading(source, SchemaWish()))
    for source in reversed(sources):
        SyncDriver().run(cache.reading(source, SchemaWish()))
    assert [len(source.wishes) for source in sources] == [2, 1, 1]


def test_what_was_being_read_while_all_was_cleared_is_not_kept():
    shelf = SchemaShelf()

    class Slow(Database):
        def read_schema(self, wish: SchemaWish) -> DatabaseSchema:
            shelf.clear()
            return SHOP

    assert SyncDriver().run(SchemaCache(shelf=shelf).reading(Slow(), SchemaWish())) == SHOP
    assert len(shelf) == 0


def test_the_public_function_reaches_every_cache_of_the_process():
    clear_schema_cache()
    source = Database("of the process")
    for _ in range(2):
        SyncDriver().run(SchemaCache().reading(source, SchemaWish()))
    assert len(source.wishes) == 1
    clear_schema_cache()
    SyncDriver().run(SchemaCache().reading(source, SchemaWish()))
    assert len(source.wishes) == 2
    clear_schema_cache()


def test_many_threads_may_read_put_and_clear_at_once():
    shelf = SchemaShelf(most=3)
    cache = SchemaCache(shelf=shelf)

    def work(number: int) -> str:
        schema = SyncDriver().run(cache.reading(Database(f"d{number % 7}"), SchemaWish()))
        if number % 50 == 0:
            shelf.clear()
        return schema.tables[0].name

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(400))) == {"t1"}
    assert len(shelf) <= 3
