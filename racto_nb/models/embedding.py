"""Texts in, vectors out. Pure values."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from racto_nb.prompts.fields import refuse_unknown_fields


class EmbeddingConfig(BaseModel):
    """What to embed: `texts` (at least one), the `model` (None: the kit's), the wanted number of `dimensions`.

    `extra` holds parameters that only some providers know, such as `user`; a provider that does not know one refuses it.
    """

    model_config = ConfigDict(extra="forbid")

    texts: list[str] = Field(min_length=1)
    model: str | None = None
    dimensions: int | None = Field(default=None, gt=0)
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, data: object) -> object:
        return refuse_unknown_fields(cls, data)


class EmbeddingVector(BaseModel):
    """One text's vector: `embedding` (also readable as `vector`) and the `index` of `text` in the request."""

    index: int
    text: str
    embedding: list[float]

    @property
    def vector(self) -> list[float]:
        """The same list as `embedding`."""
        return self.embedding


class EmbeddingResponse(BaseModel):
    """The vectors, in the order of the texts."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    vectors: list[EmbeddingVector]
    model: str
    usage: dict[str, int] = Field(default_factory=dict)
    raw: Any = Field(default=None, repr=False)
