"""Takes HTML out of text and leaves all else that stands between < and >. Pure; one pass, in time that grows with the length."""

from __future__ import annotations

import re

_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "col", "colgroup", "dd", "details",
        "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "frame", "frameset", "h1",
        "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "legend", "li", "link", "main", "menu",
        "meta", "nav", "noframes", "noscript", "ol", "optgroup", "option", "p", "pre", "script", "search", "section",
        "select", "style", "summary", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "title", "tr", "ul",
    }
)  # fmt: skip
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "applet", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "big", "button", "canvas",
        "cite", "code", "data", "datalist", "del", "dfn", "em", "embed", "font", "i", "iframe", "img", "input", "ins",
        "kbd", "label", "map", "mark", "marquee", "meter", "nobr", "object", "output", "param", "picture", "progress", "q",
        "rp", "rt", "ruby", "s", "samp", "slot", "small", "source", "span", "strike", "strong", "sub", "sup", "svg",
        "template", "time", "tt", "track", "u", "var", "video", "wbr",
    }
)  # fmt: skip
# Attributes without a value that HTML knows; any other bare word says that this is no tag: "a <b and c> d".
_BARE = "async|autofocus|autoplay|checked|compact|controls|default|defer|disabled|hidden|ismap|loop|multiple|muted|nomodule|noshade|novalidate|nowrap|open|readonly|required|reversed|selected"  # noqa: E501  # fmt: skip
_ATTRIBUTE = rf"""(?:[^\s"'<>/=]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+)|(?:{_BARE})(?=[\s/]|$))"""
_TAG = re.compile(rf"(/?)([a-z][a-z0-9]*)(?:\s+{_ATTRIBUTE})*\s*/?", re.IGNORECASE)
_DECLARATION = re.compile(r"!doctype\s[^<>]*|\?xml\s[^<>]*\?", re.IGNORECASE)
_DELIMITER = re.compile(r"([<>])")
_LONGEST = 1000


def without_markup(text: str) -> str:
    """`text` without tags of HTML's own elements, comments and declarations. Block elements leave the end of a line.

    >>> without_markup("<p>if x < 5 and y > 3</p>List<int> of <b>all</b>")
    '\\nif x < 5 and y > 3\\nList<int> of all'
    """
    if "<" not in text:
        return text
    stripper = _Stripper()
    for piece in _DELIMITER.split(text):
        if piece:
            stripper.take(piece)
    return "".join(stripper.pieces)


class _Stripper:
    """What is kept so far, and which `<` of it may still begin a tag.

    All that follows depends on what is kept alone, so that what was stripped once stays as it is when it is stripped again.
    """

    __slots__ = ("_begun", "pieces")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._begun: list[int] = []

    def take(self, piece: str) -> None:
        if piece == ">" and self._begun and self._closed():
            return
        if piece == "<":
            self._begun.append(len(self.pieces))
        self.pieces.append(piece)

    def _closed(self) -> bool:
        """Take out what this `>` ends, if that is markup."""
        ends_comment = "".join(self.pieces[-2:]).endswith("--")
        while self._begun:
            start = self._begun[-1]
            if "".join(self.pieces[start : start + 5]).startswith("<!--"):
                if ends_comment and len("".join(self.pieces[start : start + 8])) > len("<!-->"):
                    self._cut(start, "")
                    return True
                return False
            inside = self._inside(start)
            leaves = None if inside is None else self._left_by(inside, start)
            if leaves is not None:
                self._cut(start, leaves)
                return True
            if inside is not None and (inside.count('"') % 2 or inside.count("'") % 2):
                return False  # in the middle of a quoted value
            self._begun.pop()
            if not ends_comment:
                return False
        return False

    def _inside(self, start: int) -> str | None:
        """What stands behind the `<`; None where that is longer than a tag."""
        parts: list[str] = []
        length = 0
        for place in range(start + 1, len(self.pieces)):
            parts.append(self.pieces[place])
            length += len(parts[-1])
            if length > _LONGEST:
                return None
        return "".join(parts)

    def _left_by(self, inside: str, start: int) -> str | None:
        """What a tag leaves behind; None where this is no tag."""
        if _DECLARATION.fullmatch(inside):
            return "\n"
        tag = _TAG.fullmatch(inside)
        if tag is None:
            return None
        name = tag[2].lower()
        if name not in _BLOCKS and name not in _INLINE:
            return None
        if not tag[1] and tag[2] not in {name, name.upper() * (len(name) > 1)} and self._follows_word(start):
            return None  # Ref<Data>, List<T>
        return "\n" if name in _BLOCKS else ""

    def _follows_word(self, start: int) -> bool:
        return start > 0 and (self.pieces[start - 1][-1].isalnum() or self.pieces[start - 1][-1] == "_")

    def _cut(self, start: int, leaves: str) -> None:
        del self.pieces[start:]
        self._begun.pop()
        if leaves and not (self.pieces and self.pieces[-1].endswith("\n")):
            self.pieces.append(leaves)
