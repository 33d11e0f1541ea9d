"""The tables as the model is told of them: read or given, filtered, chosen, with what the user knows. Kind: flow."""

from __future__ import annotations

from dataclasses import dataclass

from racto_nb.flow.effects import Flow
from racto_nb.models.usage import estimated_tokens
from racto_nb.pipelines.asking import window_of
from racto_nb.pipelines.sql_analyst.schema.cache import SchemaCache
from racto_nb.pipelines.sql_analyst.schema.choosing import LIMIT, chosen_tables, left_out
from racto_nb.pipelines.sql_analyst.schema.examples import background_text, chosen_examples
from racto_nb.pipelines.sql_analyst.schema.filtering import visible, without_samples
from racto_nb.pipelines.sql_analyst.schema.rendering import schema_text
from racto_nb.pipelines.sql_analyst.schema.values import DatabaseSchema
from racto_nb.pipelines.sql_analyst.settings import Settings
from racto_nb.pipelines.sql_analyst.sources.source import Source
from racto_nb.pipelines.sql_analyst.writing.prompting import message_of, writing_prompt

_MARGIN = 256
"""Tokens left free for what stands around messages."""
_LEAST = 256


@dataclass(frozen=True, slots=True)
class Tables:
    """`whole` is the schema as the guard needs it, `visible` what this pipeline may see of it (both None where a text of tables
    was given and nobody had to read them); `text` is how the model reads it, `message` the question with it."""

    text: str
    message: str
    whole: DatabaseSchema | None = None
    visible: DatabaseSchema | None = None


def tables_for(settings: Settings, source: Source, question: str, given: str | None) -> Flow[Tables]:
    """The tables for `question`. A `given` text takes the place of reading them, unless columns are restricted: then the guard
    has to know which columns there are, and the model still gets the text."""
    held, known = settings.restrictions, settings.background
    examples = yield from chosen_examples(question, known.told.examples)
    background = background_text(known.told, examples, question)
    if given is not None and not held.columns:
        return Tables(given, message_of(question, given, background))
    whole = yield from SchemaCache(settings.schema_ttl).reading(source, settings.wish)
    seen = visible(whole, allowed_tables=held.allowed_tables, blocked_columns=held.blocked_columns)
    text = given
    if text is None:
        limit = known.max_tables or LIMIT
        chosen = yield from chosen_tables(seen, question, retriever=known.retriever, limit=limit, knowledge=known.told)
        shown = without_samples(chosen, held.mask_columns)
        room = _room(settings, source, question + background)
        text = schema_text(shown, known.told, left_out=left_out(seen, chosen), max_tokens=room)
    return Tables(text, message_of(question, text, background), whole, seen)


def _room(settings: Settings, source: Source, rest: str) -> int | None:
    """The tokens that a description of tables may have in the model's window; None where nobody knows the window."""
    window = window_of(settings.sql.kit)
    if window is None:
        return None
    prompt = settings.sql.prompt or writing_prompt(source.dialect)
    return max(_LEAST, window - settings.sql.max_tokens - _MARGIN - 2 * estimated_tokens(prompt.compile() + rest))
