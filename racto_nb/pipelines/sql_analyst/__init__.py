"""Questions in plain language to a database: SQL that is guarded twice, rows, a chart from a spec, a checked answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.schema.cache import clear_schema_cache as clear_schema_cache
    from racto_nb.pipelines.sql_analyst.schema.choosing import table_documents as table_documents
    from racto_nb.pipelines.sql_analyst.schema.examples import example_documents as example_documents
    from racto_nb.pipelines.sql_analyst.schema.knowledge import Example as Example

_PUBLIC = {
    "Example": "racto_nb.pipelines.sql_analyst.schema.knowledge",
    "clear_schema_cache": "racto_nb.pipelines.sql_analyst.schema.cache",
    "example_documents": "racto_nb.pipelines.sql_analyst.schema.examples",
    "table_documents": "racto_nb.pipelines.sql_analyst.schema.choosing",
}

__all__ = ["Example", "clear_schema_cache", "example_documents", "table_documents"]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
