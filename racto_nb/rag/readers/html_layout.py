"""The text of an HTML page as it is shown: blocks on lines of their own, rows of tables on one. Works on selectolax's nodes."""

from __future__ import annotations

from typing import Any

from racto_nb.rag.readers.composing import Composer

# Not part of what the page says: programs, styles, ways through the site, fields to fill in, and what stands in place of media.
SKIPPED = frozenset(
    {
        "audio", "button", "canvas", "datalist", "dialog", "embed", "head", "iframe", "input", "nav", "noframes", "noscript",
        "object", "script", "select", "style", "svg", "template", "textarea", "video",
    }
)  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_PARAGRAPHS = frozenset(
    {
        "address", "article", "aside", "blockquote", "dl", "fieldset", "figure", "footer", "form", "header", "hgroup", "hr",
        "main", "ol", "p", "pre", "section", "table", "ul", *_HEADINGS,
    }
)  # fmt: skip
_LINES = frozenset({"caption", "dd", "details", "div", "dt", "figcaption", "li", "summary", "td", "th", "tr"})
# A table that holds any of these only arranges a page, and is read as a page.
_ARRANGING = "table, h1, h2, h3, h4, h5, h6, p + p, pre, ul, ol"


class Layout:
    """Collects the text of nodes. Spaces and line ends are those of the page as it is shown, not of its source."""

    def __init__(self) -> None:
        self.composer = Composer()
        self._gap = 0
        self._space = False
        self._kept = 0  # how many <pre> are open
        self._open: list[tuple[str, int | None, list[int]]] = []
        self._waiting: list[list[int]] = []

    def walk(self, root: Any) -> None:
        """Take in all that stands below `root`, without recursion: pages may be nested deeper than Python's stack."""
        path: list[tuple[Any, str]] = []
        node = root.first_child
        while True:
            if node is not None:
                tag = node.tag or ""
                if self._enter(node, tag):
                    path.append((node, tag))
                    node = node.first_child
                else:
                    node = node.next
                continue
            if not path:
                return
            parent, tag = path.pop()
            self._leave(tag)
            node = parent.next

    def _enter(self, node: Any, tag: str) -> bool:
        """Take in the node itself; whether what stands below it is wanted."""
        if tag == "-text":
            self._text(node.text_content or "")
            return False
        if tag.startswith("-") or tag in SKIPPED or (tag not in {"br", "img"} and "hidden" in node.attrs):
            return False
        match tag:
            case "br":
                self._break(1)
            case "img":
                self._text(f" {node.attrs.get('alt') or ''} ")
            case "table" if not _arranges(node):
                self._table(node)
            case _:
                self._begin(tag)
                return True
        return False

    def _begin(self, tag: str) -> None:
        self._break(2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0)
        if tag == "li":
            self._text("- ")
        elif tag == "pre":
            self._kept += 1
        if tag in _HEADINGS:
            start = [-1]
            self._open.append((tag, _HEADINGS[tag], start))
            self._waiting.append(start)

    def _leave(self, tag: str) -> None:
        if tag in _HEADINGS and self._open and self._open[-1][0] == tag:
            _, level, start = self._open.pop()
            if start[0] >= 0:
                self._mark("heading", start[0], level)
        self._kept -= tag == "pre"
        self._break(2 if tag in _PARAGRAPHS else 1 if tag in _LINES else 0)

    def _mark(self, kind: str, start: int, level: int | None = None) -> None:
        self.composer.mark(kind, start, number=level)

    def _table(self, node: Any) -> None:
        lines = [_line(node.css_first("caption"))] if node.css_first("caption") is not None else []
        for row in node.css("tr"):
            cells = [_line(cell) for cell in row.iter() if cell.tag in {"td", "th"}]
            if any(cells):
                lines.append(" | ".join(cells).rstrip())
        if any(lines):
            self._break(2)
            self._flush()
            start = self.composer.add("\n".join(line for line in lines if line))
            self._mark("table", start)
            self._break(2)

    def _break(self, gap: int) -> None:
        self._gap = max(self._gap, gap)

    def _text(self, raw: str) -> None:
        if self._kept:
            self._flush()
            self.composer.add(raw)
            return
        words = " ".join(raw.split())
        if not words:
            self._space |= bool(raw)
            return
        self._space |= raw[0].isspace()
        self._flush()
        self.composer.add(words)
        self._space = raw[-1].isspace()

    def _flush(self) -> None:
        if self.composer.place:
            if self._gap:
                self.composer.add("\n" * self._gap)
            elif self._space:
                self.composer.add(" ")
        self._gap, self._space = 0, False
        for start in self._waiting:
            start[0] = self.composer.place
        self._waiting.clear()


def _arranges(table: Any) -> bool:
    return any(child.css_first(_ARRANGING) is not None for child in table.iter())


def _line(node: Any) -> str:
    layout = Layout()
    layout.walk(node)
    return " ".join(layout.composer.composed().content.split())
