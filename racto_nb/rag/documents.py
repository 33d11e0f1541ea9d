"""What is read and what is found: documents, and the chunks they are cut into. Pure values."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass

from racto_nb.rag.identity import hashed_id


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a document's text that means something: `kind` is "page", "heading", "table", "sheet", "slide" or "cell".

    `start` and `end` are places in `Document.content`, the end not counted. `number` is that of the page, slide or cell from 1,
    or the level of a heading (1 is the highest); `title` is the text of a heading, or the name of a sheet.
    """

    kind: str
    start: int
    end: int
    number: int | None = None
    title: str = ""


class Document(BaseModel):
    """A text with where it came from.

    `source` names the place (a path, an address, a word of yours), `metadata` is what you or the reader know about it, `marks`
    are its pages, headings and tables. `doc_id` follows from the source and the content unless it is given: the same file read
    again is the same document.

    >>> Document(content="Hello", source="notes.txt").doc_id == Document(content="Hello", source="notes.txt").doc_id
    True
    """

    model_config = ConfigDict(extra="ignore")

    doc_id: str = ""
    content: str
    source: str
    metadata: dict[str, Any] = Field(default_factory=dict)
    marks: list[Mark] = Field(default_factory=list[Mark], repr=False)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.doc_id:
            self.doc_id = hashed_id(self.source, self.content)
        return self


class ChunkMetadata(BaseModel):
    """Where a chunk stands: `document.content[start_char:end_char]`, chunk `chunk_index` (from 0) of `total_chunks`.

    `page` is the page on which it begins and `heading` the headings above that place ("Terms > Refunds"), None where the document
    has none. `extra` is what was known of the document.
    """

    model_config = ConfigDict(extra="ignore")

    source: str
    page: int | None = None
    chunk_index: int
    total_chunks: int
    start_char: int
    end_char: int
    doc_id: str
    heading: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class Chunk(BaseModel):
    """A piece of a document as it was written (`content`), and its vector once it was embedded.

    `processed` is what processors made of it, and what is embedded then; None where they left it alone. `chunk_id` follows from
    the document, the place and the text unless it is given.
    """

    model_config = ConfigDict(extra="ignore")

    chunk_id: str = ""
    doc_id: str
    content: str
    embedding: list[float] | None = Field(default=None, repr=False)
    metadata: ChunkMetadata
    processed: str | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.chunk_id:
            self.chunk_id = hashed_id(self.doc_id, self.metadata.start_char, self.metadata.end_char, self.embedded_text)
        return self

    @property
    def embedded_text(self) -> str:
        """The text whose meaning the vector holds."""
        return self.content if self.processed is None else self.processed
