"""Where the sentences of a text end: rules of our own, without a model and without a download. Pure."""
# ruff: noqa: RUF001  (signs of many scripts)

from __future__ import annotations

import re
from dataclasses import dataclass

from racto_nb.rag.assembling import Span
from racto_nb.rag.chunkers.languages import Language

_CLOSERS = r"[\"'”’»)\]}*_]*"
_CANDIDATE = re.compile(
    r"[.!?…\n。！？｡．؟۔।॥\f\u2028\u2029]"  # one set first, so that the text between is passed over quickly
    r"(?:"
    rf"(?<=[.!?…])[.!?…]*(?P<closed>{_CLOSERS})(?=\s)"
    r"|(?<=[.!?…])(?P<leader>[.!?…]{8,})"  # not tried again from each of its marks: that would take the square of its length
    r"|(?<=[。！？｡．؟۔।॥])[。！？｡．؟۔।॥!?…]*[”’」』）》】\"')\]]*"
    r"|(?<=[\n\f\u2028\u2029])(?=[ \t\r]*(?:[\n\f\u2028\u2029]|(?:[-*+•·–—>|]|\#{1,6}|\(?\w{1,3}[.)]{1,2})(?:[ \t]|(?<=\|))))"
    r")"
)
"""What may end a sentence: a mark before a space, a mark of a script without spaces, a line before a blank one or an item."""

_WORD = re.compile(r"\S{1,40}")  # scripts without spaces are one word, which is not to be read again from each sentence on
_OPENING = "([{\"'“‘«¿¡*_"
_INITIALS = re.compile(r"(?:\w{1,2}\.)+-?\w{1,2}")
_LONGEST_WORD = 40


def sentence_spans(text: str, language: Language) -> list[Span]:
    """The sentences of `text`, each with the white space after it; together they are the whole text.

    >>> from racto_nb.rag.chunkers.languages import language_of
    >>> text = "Dr. Who paid $3.50. Why? He didn't say."
    >>> [text[start:end] for start, end in sentence_spans(text, language_of("english"))]
    ['Dr. Who paid $3.50. ', 'Why? ', "He didn't say."]
    """
    borders = _borders(text, language)
    return list(zip([0, *borders], [*borders, len(text)], strict=True)) if text else []


def _borders(text: str, language: Language) -> list[int]:
    first = _WORD.search(text)
    last = first.start() if first else len(text)
    borders: list[int] = []
    if first and text[last] == "#":
        last = _after_line(text, last, borders)
    for match in _CANDIDATE.finditer(text):
        if match.end() <= last or match["leader"]:
            continue
        following = _WORD.search(text, match.end())
        if following is None:
            break
        place = following.start()
        if place <= last or not _ends(text, match, following, language):
            continue
        borders.append(place)
        last = _after_line(text, place, borders) if text[place] == "#" else place
    return borders


def _after_line(text: str, place: int, borders: list[int]) -> int:
    """A heading is a sentence of its own: add where its line ends to `borders`, and return the last border."""
    line_end = text.find("\n", place)
    following = _WORD.search(text, line_end) if line_end >= 0 and re.match(r"#{1,6}[ \t]", text[place : place + 7]) else None
    if following is None:
        return place
    borders.append(following.start())
    return following.start()


def _ends(text: str, match: re.Match[str], following: re.Match[str], language: Language) -> bool:
    """Whether a sentence ends with what `match` found, before the word `following`."""
    found, closed, after = match[0], match["closed"], following[0][0]
    if closed is None:  # a line, or a script without spaces
        return not (found[-1] in "”’」』）》】" and after in "とって、，,")
    mark = found.removesuffix(closed) if closed else found
    if after in ".,;:!?…" or (after.islower() and (closed or mark[-1] in ".…")):
        return False
    return mark != "." or _ends_after(_word_before(text, match.start()), following[0], language, closed)


@dataclass(frozen=True, slots=True)
class _Word:
    """The word before a full stop; whether it is the first one of its line, and how the word before it begins."""

    text: str
    begins_line: bool
    before: str


def _word_before(text: str, place: int) -> _Word:
    nearest = max(place - _LONGEST_WORD, 0)
    begin = max(text.rfind(" ", nearest, place), text.rfind("\n", nearest, place), nearest - 1) + 1
    word = text[begin:place].lstrip(_OPENING)
    before = text[max(begin - _LONGEST_WORD, 0) : begin].rpartition("\n")[2].strip(" \t-*+•–—" + _OPENING)
    return _Word(word, not before, before.rpartition(" ")[2][:1])


def _ends_after(word: _Word, following: str, language: Language, closed: str) -> bool:
    """Whether a sentence ends after `word`, a full stop and the signs `closed`, before the word `following`."""
    text, small = word.text, word.text.casefold()
    if text.isdigit():
        return not (word.begins_line or closed == ")" or (language.ordinals and len(text) <= len("31")))
    if small in language.numbered:
        return not following.lstrip(_OPENING)[:1].isdigit()
    if small in language.inside:
        return False
    if len(text) == 1 and text.isalpha():
        is_pronoun = text == "I" and not word.begins_line and not word.before.isupper()
        return is_pronoun or not (word.begins_line or text.isupper())
    if small in language.perhaps or _INITIALS.fullmatch(text):
        return following.strip(_OPENING + ".,;:'’").casefold() in language.openers
    return True
