"""How near texts are to a question by their words: names of tables are cut into words, words to their stems. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from racto_nb.cache.words import FUNCTION_WORDS

_RUN = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?:$|[A-Z]))|(?<=\D)(?=\d)|(?<=\d)(?=\D)")
"""Where a word begins inside a name. "PCs" is one."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LEAST = 4
"""Letters that a word has at least, and half of the other's, to be found in it: "cust" in "customer", "item" in "lineitem"."""
_INSIDE = 0.4
"""What a word inside another one counts."""
_K1, _B = 1.2, 0.4
"""BM25: how soon a repeated word counts no more, and how much a long text is marked down: little, wide tables are no worse."""
_ASKING_WORDS = "all average avg count did each every find get give how list many most much number per show tell top total which"
_ASKING = frozenset(_ASKING_WORDS.split())
"""Words of questions to a database, in all of them."""


def stems_of(text: str) -> list[str]:
    """The words of `text` in order, each cut to its stem (English endings only). Names are cut where words begin in them.

    >>> stems_of("OrderItems of customer_id 7, categories shipped")
    ['order', 'item', 'of', 'customer', 'id', '7', 'category', 'ship']
    """
    return [_stem(word) for word in _words(text)]


def asked(question: str) -> dict[str, float]:
    """The stems that say what `question` is about, each with the weight 1.

    >>> asked("How many orders did we have per country?")
    {'order': 1.0, 'country': 1.0}
    """
    words = {word for word in _words(question) if word not in FUNCTION_WORDS and word not in _ASKING}
    return {stem: 1.0 for stem in stems_of(question) if stem in {_stem(word) for word in words}}


class WordIndex:
    """Texts as weighted words, scored for questions (BM25, with words inside words)."""

    def __init__(self, texts: Sequence[Mapping[str, float]]) -> None:
        self._texts = texts
        self._lengths = [sum(text.values()) for text in texts]
        self._mean = sum(self._lengths) / len(texts) if texts else 0.0
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for place, text in enumerate(texts):
            for word in text:
                self._places[word].append(place)

    def scores(self, query: Mapping[str, float]) -> list[float]:
        """A number for each text, 0 where it has none of the words of `query`."""
        scores = [0.0] * len(self._texts)
        for word, weight in query.items():
            counts: defaultdict[int, float] = defaultdict(float)
            for known, share in self._alike(word):
                for place in self._places[known]:
                    counts[place] += share * self._texts[place][known]
            rare = math.log(1 + (len(self._texts) - len(counts) + 0.5) / (len(counts) + 0.5))
            for place, count in counts.items():
                longer = 1 - _B + _B * self._lengths[place] / (self._mean or 1.0)
                scores[place] += weight * rare * count * (_K1 + 1) / (count + _K1 * longer)
        return scores

    def _alike(self, word: str) -> Iterator[tuple[str, float]]:
        if word in self._places:
            yield word, 1.0
        for known in list(self._places) if len(word) >= _LEAST else ():
            short, long = sorted((word, known), key=len)
            if short != long and len(short) >= max(_LEAST, len(long) / 2) and (long.startswith(short) or long.endswith(short)):
                yield known, _INSIDE


def weighted(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The stems of texts, each counted with the weight of its text."""
    found: Counter[str] = Counter()
    for text, weight in parts:
        for stem in stems_of(text):
            found[stem] += weight  # pyright: ignore[reportArgumentType]  (a Counter of parts of ones)
    return dict(found)


def best_first(scores: Sequence[float]) -> list[int]:
    """The places of all scores above 0, best first, the earlier one of two equal ones before the later."""
    return sorted((place for place, score in enumerate(scores) if score > 0), key=lambda place: -scores[place])


def _words(text: str) -> Iterator[str]:
    for run in _RUN.findall(unicodedata.normalize("NFKC", text)):
        for word in _HUMP.split(run):
            if _UNSPACED.search(word) and len(word) > 1:
                yield from (word[place : place + 2] for place in range(len(word) - 1))
            elif word:
                yield word.casefold()


def _stem(word: str) -> str:
    if not word.isascii() or len(word) <= 2:  # noqa: PLR2004  (too short for an ending)
        return word
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004  (the number says it)
        word = word[:-3] + "y"
    elif word.endswith(("sses", "xes", "zes", "ches", "shes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending, least in (("ing", 6), ("ed", 5)):
        if word.endswith(ending) and len(word) >= least:
            word = word[: -len(ending)]
            word = word[:-1] if word[-1] == word[-2] and word[-1] not in "lsaeiou" else word
            break
    return word[:-1] if word.endswith("e") and len(word) > 4 else word  # noqa: PLR2004  (the number says it)
