"""Whether two questions that lie near each other ask for the same. Pure.

Vectors of "from Rome to Oslo" and "from Oslo to Rome" are nearly the same, and so are those of "with nuts" and "without nuts". So
a likeness of vectors is not enough: what can turn an answer round must agree word for word. The rules look at the words alone and
understand nothing. Where they are in doubt they say no: that costs a request, and a wrong yes costs a wrong answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from racto_nb.cache.words import FUNCTION_WORDS, NEGATIONS, NUMBER_WORDS, POLITENESS, TURNING_WORDS, UNITS

_STRAIGHT = str.maketrans({0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x2212: "-", 0x2013: "-", 0xA0: " "})
"""Marks that are written in several ways, and the one that is looked for."""

_QUOTED = re.compile(r"\"([^\"]+)\"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|`([^`]+)`|(?<!\w)'([^']+)'(?!\w)")
_TOKEN = re.compile(
    r"(?P<address>(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+\.[\w.]+)"
    r"|(?P<flag>(?<!\w)--?[A-Za-z][\w-]*)"
    r"|(?P<number>(?<![\w.])[-+]?\d+(?:[.,:/']\d+)*)(?P<unit>\s?(?:[%€$£¥₹]|°[CFK]?)|[A-Za-zµ]+)?(?!\w)"
    r"|(?P<currency>[€$£¥₹])"
    r"|(?P<word>\w+(?:[.'_/\\:#+-]+\w+)*[+#]*)"
)
_CLITIC = re.compile(r"'(?:s|re|ve|ll|d|m)$")
_ELIDED = re.compile(r"^(?:l|d|j|m|t|s|c|qu|un|dell|all|nell|sull)'(?=\w)", re.IGNORECASE)
_CODE = re.compile(r"[_\\:#+.]|/\w|\d")
_MOST_PAIRS = 10_000
_SHORTEST_STEM = 4
_ENDINGS = ("", "s", "es", "ed", "d", "ing", "n", "en", "e")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What there is in a question that must agree: each kind in the order in which it stands."""

    numbers: tuple[str, ...]
    negations: int
    quotes: tuple[str, ...]
    identifiers: tuple[str, ...]
    names: tuple[str, ...]
    content: tuple[str, ...]
    has_plain_script: bool


def disagreement(stored: str, asked: str) -> str:
    """Why the answer to `stored` may be wrong for `asked`, in a few words; "" where nothing speaks against it.

    What must agree: numbers with their units, negations, quoted texts, identifiers (paths, flags, names in code, words in
    capitals), and names (words with a capital inside a sentence), all in the same order. One word may be added that does not turn
    the question, none may be exchanged for another, and what both have stands in the same order. Texts in scripts without
    capitals, and long texts, must have the same words.

    >>> disagreement("What is the capital of France?", "Which city is the capital of France?")
    ''
    >>> disagreement("How far is it from Rome to Oslo?", "How far is it from Oslo to Rome?")
    'another order of names: rome, oslo and oslo, rome'
    >>> disagreement("Is a dog without a leash allowed?", "Is a dog with a leash allowed?")
    'another number of negations: 1 and 0'
    """
    if _plain(stored) == _plain(asked):
        return ""
    one, other = _read(stored), _read(asked)
    if not (one.has_plain_script and other.has_plain_script):
        return "a script without capitals, in which names cannot be seen"
    if one.negations != other.negations:
        return f"another number of negations: {one.negations} and {other.negations}"
    for what in ("numbers", "quotes", "identifiers"):
        if reason := _order(what, getattr(one, what), getattr(other, what)):
            return reason
    # A name is one where it has a capital in either question: not all who ask write them.
    names = {name.lower() for name in (*one.names, *other.names)}
    mine, theirs = ([word for word in each.content if word in names] for each in (one, other))
    return _order("names", mine, theirs) or _exchanged(one, other)


def _order(what: str, one: Sequence[str], other: Sequence[str]) -> str:
    if tuple(one) == tuple(other):
        return ""
    kind = "another order of" if Counter(one) == Counter(other) else "other"
    return f"{kind} {what}: {', '.join(one) or 'none'} and {', '.join(other) or 'none'}"


def _exchanged(one: _Reading, other: _Reading) -> str:
    """Words that only one of the questions has, on both sides; or the words of both in another order."""
    if len(one.content) * len(other.content) > _MOST_PAIRS:
        return "" if one.content == other.content else "long texts with other words"
    mine, theirs = _unmatched(one.content, other.content), _unmatched(other.content, one.content)
    if mine and theirs:
        return f"another word: {', '.join(mine)} and {', '.join(theirs)}"
    added = mine or theirs
    if len(added) > 1 or TURNING_WORDS.intersection(added):
        return f"more words: {', '.join(added)}"
    shared = [word for word in one.content if word not in mine]
    there = [word for word in other.content if word not in theirs]
    if len(shared) != len(there) or not all(map(_alike, shared, there)):
        return f"another order of words: {', '.join(shared)} and {', '.join(there)}"
    return ""


def _unmatched(words: Sequence[str], among: Sequence[str]) -> list[str]:
    return [word for word in words if not any(_alike(word, other) for other in among)]


def _alike(one: str, other: str) -> bool:
    """Whether two words differ by nothing, or by an ending such as a plural's."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= _SHORTEST_STEM and long.startswith(short) and long[len(short) :] in _ENDINGS


def _plain(text: str) -> str:
    """The words alone: without the marks at the end, and without what spaces there are between them."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_STRAIGHT).split()).strip(" .?!¿¡。")


def _read(text: str) -> _Reading:
    text = _without_politeness(unicodedata.normalize("NFKC", text).translate(_STRAIGHT))
    quotes = tuple(next(filter(None, found.groups())) for found in _QUOTED.finditer(text))
    text = _QUOTED.sub(" ", text)
    gathered = _Gathered()
    for found in _TOKEN.finditer(text):
        gathered.take(found, begins=_begins_a_sentence(text, found.start()))
    return _Reading(
        tuple(gathered.numbers),
        gathered.negations,
        quotes,
        tuple(gathered.identifiers),
        tuple(gathered.names),
        tuple(gathered.content),
        _has_plain_script(text) and all(map(_has_plain_script, quotes)),
    )


def _without_politeness(text: str) -> str:
    text = text.strip(" \t¿")
    low = text.lower()
    begun = next((words for words in POLITENESS if low.startswith(words) and not low[len(words) :][:1].isalnum()), "")
    return text[len(begun) :].lstrip(" ,") if len(low) == len(text) else text


class _Gathered:
    """The words of a question, sorted into kinds as they come."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.identifiers: list[str] = []
        self.names: list[str] = []
        self.content: list[str] = []
        self.negations = 0

    def take(self, found: re.Match[str], *, begins: bool) -> None:
        match found.lastgroup:
            case "number" | "unit":
                self.numbers.append(_number(found["number"]) + (found["unit"] or "").strip().lower())
            case "currency":
                self.numbers.append(found["currency"])
            case "address" | "flag":
                self.identifiers.append(found[0])
            case _:
                self._take_word(found["word"], begins=begins)

    def _take_word(self, word: str, *, begins: bool) -> None:
        said = word.lower()
        if "'" in word:
            word = _ELIDED.sub("", _CLITIC.sub("", word))
        low = word.lower()
        if low in NEGATIONS or said.endswith("n't"):
            self.negations += 1
        elif _is_identifier(word):
            self.identifiers.append(word)
        elif low in NUMBER_WORDS:
            self.numbers.append(NUMBER_WORDS[low])
        elif low in UNITS:
            self.numbers.append(UNITS[low])
        elif low not in FUNCTION_WORDS:
            if word[:1].isupper() and not begins:
                self.names.append(word)  # where a sentence begins any word has a capital
            self.content.append(low)


def _number(text: str) -> str:
    """A number without the marks between its thousands, so that 1,000 and 1000 are one; 1.5 and 15 are not."""
    return re.sub(r"[,'](?=\d{3}(?:\D|$))", "", text.removeprefix("+"))


def _is_identifier(word: str) -> bool:
    """A name in code, a path, a version, or a word in capitals."""
    if not word.isalpha() and _CODE.search(word):
        return True
    letters = word.replace("-", "").replace("'", "")
    return len(letters) > 1 and (letters.isupper() or any(letter.isupper() for letter in letters[1:]))


def _begins_a_sentence(text: str, place: int) -> bool:
    before = text[:place].rstrip(" \t\"'“„«(¿¡-*•")
    return not before or before[-1] in ".?!:…\n"


def _has_plain_script(text: str) -> bool:
    """Whether all letters are of scripts with capitals."""
    return all(letter.lower() != letter.upper() or letter in "ªºß" for letter in text if letter.isalpha())
