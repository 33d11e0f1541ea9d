"""HTML and XHTML by selectolax."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import UsageError
from racto_nb.rag.readers.composing import Composed
from racto_nb.rag.readers.decoding import Decoded, checked_encoding, decoded
from racto_nb.rag.readers.file_reader import FileReader, broken
from racto_nb.rag.readers.html_layout import Layout
from racto_nb.rag.readers.opening import FileBytes

_LOOKED_AT = 2048
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([\w:.-]{1,40})|<\?xml[^>]{0,200}?encoding=["']([\w:.-]{1,40})""",
    re.IGNORECASE,
)
_XHTML = re.compile(rb"\s*<\?xml|[^>]{0,500}<!DOCTYPE[^>]{0,200}XHTML", re.IGNORECASE)
# In HTML a slash before the end of a tag means nothing: all that follows would stand inside these elements.
_SELF_CLOSED = re.compile(
    r"<(a|b|div|em|i|iframe|li|noscript|p|script|span|strong|style|td|textarea|title)\b([^<>]*)/>", re.IGNORECASE
)
# The parser's time grows with the square of the depth: 10,000 take a tenth of a second, a hundred times as many half an hour.
_DEEPEST = 10_000
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_UNNESTED = frozenset(
    {
        "area", "base", "body", "br", "col", "dd", "dt", "embed", "head", "hr", "html", "img", "input", "li", "link", "meta",
        "optgroup", "option", "p", "param", "rp", "rt", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
    }
)  # fmt: skip


class HtmlReader(FileReader):
    """Reads what a page says: headings are marks (the level is their number), rows of tables stand on one line, in a mark each.

    Left out are scripts, styles, navigation (`nav`), forms' fields and buttons, media, and what is `hidden`; pictures are there
    by their `alt` text. The encoding is that of the byte order mark, else the one that the page declares, else as a TextReader
    finds it. The metadata say `title`, `language`, `author` and `encoding`. Files of more than `max_bytes` are refused.

    >>> HtmlReader().read(b"<h1>Refunds</h1><p>Within <b>14</b> days.<script>x()</script>").content
    'Refunds\\n\\nWithin 14 days.'
    """

    endings = frozenset({".htm", ".html", ".xhtml"})
    wordless = "the page shows no text. It may be made by scripts: save it from a browser."

    def _parsed(self, file: FileBytes) -> Composed:
        parser = imported("selectolax.lexbor", extra="rag-html").LexborHTMLParser
        read = _decoded(file)
        if _is_too_deep(read.text):
            raise broken(file, f"its elements are nested deeper than {_DEEPEST:,}")
        tree: Any = parser(_closed(read.text) if file.suffix == ".xhtml" or _XHTML.match(file.data) else read.text)
        layout = Layout()
        layout.walk(tree.body if tree.body is not None else tree.root)
        facts = {
            "title": _said(tree.css_first("title")),
            "language": _attribute(tree.css_first("html"), "lang"),
            "author": _attribute(tree.css_first("meta[name='author' i]"), "content"),
        }
        composed = layout.composer.composed(encoding=read.encoding, encoding_guessed=read.guessed or None, **facts)
        titled = [
            replace(mark, title=" ".join(composed.content[mark.start : mark.end].split())) if mark.kind == "heading" else mark
            for mark in composed.marks
        ]
        return replace(composed, marks=titled)


def _decoded(file: FileBytes) -> Decoded:
    declared = _DECLARED.search(file.data[:_LOOKED_AT])
    if declared:
        name = (declared[1] or declared[2]).decode("ascii").lower()
        try:
            encoding = checked_encoding("cp1252" if name in {"iso-8859-1", "latin-1", "latin1", "us-ascii"} else name)
        except UsageError:  # a name that nobody knows says nothing
            encoding = "utf-8"
        if not encoding.startswith("utf-"):  # a page that could be read so far is in no UTF-16
            return decoded(file.data, encoding, source=file.source)
    return decoded(file.data, "utf-8", source=file.source)


def _is_too_deep(text: str) -> bool:
    if text.count("<") <= _DEEPEST:
        return False
    depth = 0
    for tag in _TAG.finditer(text):
        if tag[2].lower() not in _UNNESTED:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


def _closed(text: str) -> str:
    return _SELF_CLOSED.sub(r"<\1\2></\1>", text)


def _said(node: Any) -> str:
    return "" if node is None else " ".join(node.text().split())


def _attribute(node: Any, name: str) -> str:
    return "" if node is None else (node.attrs.get(name) or "").strip()
