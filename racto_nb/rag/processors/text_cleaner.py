"""Cleans text up before it is embedded."""

from __future__ import annotations

import re
import unicodedata

from racto_nb.rag.processors.markup import without_markup
from racto_nb.rag.processors.processor import BaseProcessor

# Soft hyphens, marks of width zero and of writing direction; the joiners of Persian, of Indic scripts and of emoji stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n(?:[^\S\n]*\n)+")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}


class TextCleaner(BaseProcessor):
    """Puts text into one plain form. Each step can be left out:

    * `normalize_unicode`: letters with accents as one character (NFC), ligatures as their letters; "²" stays "²".
    * `strip_html`: tags of HTML's elements, comments and declarations go; a block element ends the line. Whatever else stands
      between < and > stays: comparisons, `List<int>`, `<stdin>`, addresses.
    * `strip_control_chars`: control characters and invisible ones go; all ends of lines become "\\n".
    * `collapse_whitespace`: several spaces become one, and none stand at the beginning and the end of a line or of the text.
    * `collapse_blank_lines`: of several empty lines one stays.

    What was cleaned once is not changed by cleaning it again.

    >>> TextCleaner().process("  if x < 5   and <b>y</b> > 3 ")
    'if x < 5 and y > 3'
    """

    def __init__(
        self,
        normalize_unicode: bool = True,  # noqa: FBT001, FBT002  (as documented)
        strip_html: bool = True,  # noqa: FBT001, FBT002  (a flag of the reference)
        strip_control_chars: bool = True,  # noqa: FBT001, FBT002  (a flag of the reference)
        collapse_whitespace: bool = True,  # noqa: FBT001, FBT002  (a flag of the reference)
        collapse_blank_lines: bool = True,  # noqa: FBT001, FBT002  (a flag of the reference)
    ) -> None:
        self._normalize_unicode = normalize_unicode
        self._strip_html = strip_html
        self._strip_control_chars = strip_control_chars
        self._collapse_whitespace = collapse_whitespace
        self._collapse_blank_lines = collapse_blank_lines

    def process(self, text: str) -> str:
        """`text` in its plain form."""
        if self._strip_control_chars:
            text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
        if self._normalize_unicode:
            text = _composed(text)
        if self._strip_html:
            bare = without_markup(self._spaced(text))
            text = _composed(bare) if self._normalize_unicode else bare  # accents behind a tag may have found their letter
        return self._spaced(text)

    def _spaced(self, text: str) -> str:
        if self._collapse_whitespace:
            text = _AROUND_LINES.sub("\n", _SPACES.sub(" ", text)).strip(" ")
        if self._collapse_blank_lines:
            text = _BLANK_LINES.sub("\n\n", text)
        return text.strip() if self._collapse_whitespace else text


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.translate(_LIGATURES) if not text.isascii() else text)
