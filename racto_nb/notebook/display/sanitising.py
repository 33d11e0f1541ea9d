"""The one place where text that a model or a document wrote becomes HTML. Pure.

Markdown is rendered with its raw HTML escaped, and the result is cleaned again with an allow-list: no scripts, styles, forms,
buttons, images or frames (a remote image would tell its server that and when the notebook was read), and only http, https and
mailto links. Output of a cell that has run counts as trusted in Jupyter, so nothing after this place would catch a script.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from markdown_it.rules_inline import StateInline

# A terminal's control sequences: parameters after CSI; a text after OSC, DCS and the like up to its terminator; two and more
# characters after ESC. Bounded, and a text without terminator is no sequence: a stray one must not swallow the answer.
_CSI = r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}"
_TEXT = r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]{0,2000}"
_ANSI = re.compile(rf"{_CSI}[@-~]|{_TEXT}(?:\x07|\x1b\\|\x9c)|\x1b[ -/]{{1,8}}[0-~]|\x1b[0-~]")
_UNFINISHED = re.compile(rf"(?:\r|{_CSI}|{_TEXT}\x1b?|\x1b[ -/]{{0,8}})\Z")
_BREAK = re.compile(r"\r\n|[\r\x0b\x0c\x85]")
# The last two ranges reverse the order in which text is shown, so that it reads otherwise than it is.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FORMULA = re.compile(r"\\\(.+?\\\)|\\\[.+?\\\]|\$\$.+?\$\$", re.DOTALL)
_CITED = re.compile(r"\[\s*[0-9]{1,4}(?:\s*(?:[,;]|and|[-\u2013])\s*[0-9]{1,4})*\s*\]")
"""What counts as a citation: as in racto_nb/rag/citing.py."""
_NUMBER, _NUMBER_OR_REST = re.compile(r"[0-9]+"), re.compile(r"[0-9]+|[^0-9]+")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")

SCHEMES = {"http", "https", "mailto"}
CLASS_PREFIX = "rn-"
LONGEST_HIGHLIGHT = 40_000
"""Longer code blocks, in characters, are shown without colours: colouring them again and again would delay the stream."""


def printable(text: str) -> str:
    r"""`text` without terminal control: ANSI and OSC sequences and control characters other than tab and newline are removed.

    Other line breaks (CR, CR LF, form feed) become newlines, and lone surrogates, which no front end can be sent, become U+FFFD.

    >>> printable("\x1b[31mred\x1b[0m\ttab\x07")
    'red\ttab'
    """
    return _LONE_SURROGATE.sub("\ufffd", _CONTROL.sub("", _ANSI.sub("", _BREAK.sub("\n", text))))


def sendable(text: str) -> str:
    r"""`text` as it is, but for lone surrogates, which no front end can be sent: they become U+FFFD.

    >>> sendable("a\ud800\x07")
    'a�\x07'
    """
    return _LONE_SURROGATE.sub("\ufffd", text)


def cut_unfinished(text: str) -> tuple[str, str]:
    r"""`text` up to a control sequence or line break that may go on in the next piece, and that beginning (mostly empty).

    >>> cut_unfinished("so \x1b[3")
    ('so ', '\x1b[3')
    """
    found = _UNFINISHED.search(text)
    return (text, "") if found is None else (text[: found.start()], text[found.start() :])


def safe_html(markdown: str) -> str:
    """`markdown` as clean HTML, code blocks coloured. Whatever the text holds, nothing in the result runs or is fetched.

    >>> safe_html("**bold** <script>alert(1)</script>")
    '<p><strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;</p>\\n'
    """
    return _cleaner()(_renderer()(printable(markdown)))


def cited_html(markdown: str, places: Mapping[int, str]) -> str:
    """`markdown` as clean HTML, where each `[n]` of `places` leads to the element of this page with that id, a word of ours.

    >>> cited_html("Within 14 days [1], see [2].", {1: "s1"})
    '<p>Within 14 days <a href="#s1" rel="noopener noreferrer nofollow">[1]</a>, see [2].</p>\\n'
    """
    return _cleaner()(_renderer(cites=True)(printable(markdown), {"places": places}))


def cleaned(html: str) -> str:
    """HTML that a library made of foreign values, cleaned as `safe_html` is.

    >>> cleaned("<style>td{color:red}</style><td onclick='x()'>1</td><script>x()</script>")
    '1'
    """
    return _cleaner()(printable(html))


def safe_text(text: str) -> str:
    """`text` escaped for HTML, as it stands.

    >>> safe_text("<b>")
    '&lt;b&gt;'
    """
    return escape(printable(text))


def marked_text(text: str, places: Iterable[tuple[int, int]]) -> str:
    """`text` escaped for HTML, with a mark around each of `places` (start and end, the end not counted); they may overlap.

    >>> marked_text("a <b> c", [(2, 5)])
    'a <mark>&lt;b&gt;</mark> c'
    """
    inside = [False] * len(text)
    for place in places:
        start, end, _ = slice(*place).indices(len(text))
        inside[start:end] = [True] * max(0, end - start)
    runs = ((is_marked, [place for place, _ in run]) for is_marked, run in groupby(enumerate(inside), lambda pair: pair[1]))
    pieces = ((is_marked, safe_text(text[run[0] : run[-1] + 1])) for is_marked, run in runs)
    return "".join(f"<mark>{piece}</mark>" if is_marked else piece for is_marked, piece in pieces)


@cache
def _renderer(*, cites: bool = False) -> Callable[..., str]:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

    def image(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
        words = renderer.renderInlineAsText(tokens[index].children, options, env)
        return escape(f"[image: {words}]" if words else "[image]")

    parser = MarkdownIt("commonmark", {"html": False, "highlight": _highlighted}).enable(["table", "strikethrough"])
    parser.validateLink = _leads_outside
    parser.inline.ruler.before("escape", "formula", _formula)
    parser.add_render_rule("image", image)
    if cites:
        # "[1]: terms.md" defines what [1] links to, and would be taken out of the text.
        parser.disable("reference").inline.ruler.before("link", "cite", _cite)
    return parser.render


def _cite(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (the parser's signature)
    """A rule for the parser: numbers in brackets, such as `[1]` or `[1, 3]`, lead to the passages that they name."""
    match, places = _CITED.match(state.src, state.pos), cast("Mapping[int, str]", state.env["places"])
    if match is None or state.linkLevel or not any(int(number) in places for number in _NUMBER.findall(match[0])):
        return False
    if not silent:
        one = match[0][1:-1].isdigit()  # then its brackets belong to the link, which is easier to hit
        for piece in [match[0]] if one else _NUMBER_OR_REST.findall(match[0]):
            number = piece.strip("[]")
            _pushed(state, piece, places.get(int(number)) if number.isdigit() else None)
    state.pos = match.end()
    return True


def _pushed(state: StateInline, text: str, anchor: str | None) -> None:
    if anchor is not None:
        state.push("link_open", "a", 1).attrs = {"href": f"#{anchor}"}
    state.push("text", "", 0).content = text
    if anchor is not None:
        state.push("link_close", "a", -1)


def _formula(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  (the parser's signature)
    r"""A rule for the parser: `\(…\)`, `\[…\]` and `$$…$$` are shown as they were written, not as Markdown."""
    match = _FORMULA.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.content = match[0]
    state.pos = match.end()
    return True


def _leads_outside(url: str) -> bool:
    """Whether `url` is whole and of a scheme that may be linked. A relative one would lead into the notebook's own server."""
    return url.partition(":")[0].lower() in SCHEMES


@cache
def _cleaner() -> Callable[[str], str]:
    import nh3
    from pygments.token import STANDARD_TYPES

    classes = {CLASS_PREFIX + name for name in STANDARD_TYPES.values() if name}
    cleaner = nh3.Cleaner(
        tags=nh3.ALLOWED_TAGS - {"img", "map", "area"},
        attributes={"a": {"href", "title"}, "ol": {"start"}},
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
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return ""
    return highlight(code, lexer, HtmlFormatter(nowrap=True, classprefix=CLASS_PREFIX))
