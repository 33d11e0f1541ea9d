"""The one place where text that a model or a document wrote becomes HTML. Pure.

Markdown is rendered with its raw HTML escaped, and the result is cleaned again with an allow-list: no scripts, styles, forms,
buttons, images or frames (a remote image would tell its server that and when the notebook was read), and only http, https and
mailto links. Output of a cell that has run counts as trusted in Jupyter, so nothing after this place would catch a script.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from html import escape

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

SCHEMES = {"http", "https", "mailto"}
CLASS_PREFIX = "rn-"
LONGEST_HIGHLIGHT = 40_000
"""Longer code blocks, in characters, are shown without colours: colouring them again and again would delay the stream."""


def printable(text: str) -> str:
    r"""`text` without terminal control: ANSI and OSC sequences and control characters other than tab and newline are removed.

    >>> printable("\x1b[31mred\x1b[0m\ttab\x07")
    'red\ttab'
    """
    return _CONTROL.sub("", _ANSI.sub("", text.replace("\r\n", "\n")))


def safe_html(markdown: str) -> str:
    """`markdown` as clean HTML, code blocks coloured. Whatever the text holds, nothing in the result runs or is fetched.

    >>> safe_html("**bold** <script>alert(1)</script>")
    '<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>\\n'
    """
    return _cleaner()(_renderer()(printable(markdown)))


def safe_text(text: str) -> str:
    """`text` escaped for HTML, as it stands.

    >>> safe_text("<b>")
    '&lt;b&gt;'
    """
    return escape(printable(text))


@cache
def _renderer() -> Callable[[str], str]:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted}).enable(["table", "strikethrough"])
    return parser.render


@cache
def _cleaner() -> Callable[[str], str]:
    import nh3
    from pygments.token import STANDARD_TYPES

    classes = {CLASS_PREFIX + name for name in STANDARD_TYPES.values() if name}
    cleaner = nh3.Cleaner(
        tags=nh3.ALLOWED_TAGS - {"img", "map", "area"},
        attributes={"a": {"href", "title"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}},
        allowed_classes={"span": classes},
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return cleaner.clean


@lru_cache(maxsize=64)
def _highlighted(code: str, language: str, _attributes: str) -> str:
    """The inside of a code block as spans, or "" to leave it to the renderer. Kept, since a stream renders it many times."""
    if not language or len(code) > LONGEST_HIGHLIGHT:
        return ""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name  # pyright: ignore[reportUnknownVariableType]
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    return highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix=CLASS_PREFIX))
