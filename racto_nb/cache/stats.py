"""What a cache tells about itself, and the settings of caches as values."""

from __future__ import annotations

from pydantic import BaseModel, Field

from racto_nb.models.response import LLMResponse

__all__ = ["CacheConfig", "CacheEntry", "CacheStats", "SemanticCacheConfig", "SemanticCacheEntry"]


class CacheStats(BaseModel):
    """How often a cache had the answer (`hits`) and had not (`misses`) since it was made, and how many it keeps now (`size`).

    A question that waited for the same one of another caller counts as a hit; one that was asked anew counts as neither. In
    shadow mode of a semantic cache, `shadow_hits` are the answers that it would have given, `false_hits` those of them that
    differed from the fresh one, and `false_hit_interval` is where the true rate of these lies with 95 % certainty.

    >>> print(CacheStats(hits=1, misses=1, size=1))
    CacheStats(hits=1, misses=1, size=1, hit_rate=50.0%)
    """

    hits: int = Field(default=0, ge=0)
    misses: int = Field(default=0, ge=0)
    size: int = Field(default=0, ge=0)
    shadow_hits: int = Field(default=0, ge=0)
    false_hits: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        """All questions that were looked up."""
        return self.hits + self.misses

    @property
    def hit_rate(self) -> float:
        """The part of them that was answered, 0.0 to 1.0; 0.0 before the first.

        >>> CacheStats(hits=3, misses=1).hit_rate
        0.75
        """
        return self.hits / self.total if self.total else 0.0

    @property
    def false_hit_rate(self) -> float:
        """The part of the answers in shadow mode that would have been wrong, 0.0 to 1.0; 0.0 before the first."""
        return self.false_hits / self.shadow_hits if self.shadow_hits else 0.0

    @property
    def false_hit_interval(self) -> tuple[float, float]:
        """Where the true rate of false hits lies with 95 % certainty, by Wilson's interval; (0.0, 1.0) before the first.

        >>> low, high = CacheStats(shadow_hits=100, false_hits=2).false_hit_interval
        >>> round(low, 4), round(high, 4)
        (0.0055, 0.07)
        """
        return wilson_interval(self.false_hits, self.shadow_hits)

    def __repr__(self) -> str:
        shadow = ""
        if self.shadow_hits:
            low, high = self.false_hit_interval
            shadow = (
                f", shadow_hits={self.shadow_hits}, false_hit_rate={self.false_hit_rate:.1%}"
                f", false_hit_interval={low:.1%} to {high:.1%}"
            )
        return f"CacheStats(hits={self.hits}, misses={self.misses}, size={self.size}, hit_rate={self.hit_rate:.1%}{shadow})"

    __str__ = __repr__


_Z = 1.959963984540054  # of the normal distribution, for 95 %


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """Where the true rate behind `count` of `total` lies with 95 % certainty.

    It holds for few observations and for rates near 0 too: 0 of 30 says no more than "below 11 %".

    >>> [round(end, 3) for end in wilson_interval(0, 30)]
    [0.0, 0.114]
    """
    if not total:
        return 0.0, 1.0
    rate, square = count / total, _Z * _Z / total
    middle, half = rate + square / 2, _Z * (rate * (1 - rate) / total + square / (4 * total)) ** 0.5
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


class CacheConfig(BaseModel):
    """The settings of an exact cache as a value: `ExactMatchCache(**config.model_dump())`."""

    max_size: int = Field(default=1024, ge=0)
    ttl_seconds: float | None = Field(default=None, gt=0)


class CacheEntry(BaseModel):
    """A stored answer as a value, with when it was stored (seconds since 1970) and how often it was given."""

    response: LLMResponse
    created_at: float
    hit_count: int = Field(default=0, ge=0)


class SemanticCacheConfig(BaseModel):
    """The settings of a semantic cache as a value: `SemanticCache(embedder, **config.model_dump())`."""

    threshold: float = Field(default=0.95, ge=0.0, le=1.0)
    max_size: int = Field(default=512, ge=0)
    ttl_seconds: float | None = Field(default=None, gt=0)


class SemanticCacheEntry(BaseModel):
    """A stored answer of a semantic cache as a value, with the vector of its question."""

    vector: list[float]
    response: LLMResponse
    created_at: float
    hit_count: int = Field(default=0, ge=0)
