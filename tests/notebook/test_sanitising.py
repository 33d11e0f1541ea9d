"""Nothing that a model wrote runs, is fetched, commands a terminal, or gets lost."""

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.notebook.display.sanitising import LONGEST_HIGHLIGHT, cut_unfinished, printable, safe_html, safe_text

ALLOWED_ATTRIBUTES = {"a": {"href", "title", "rel"}, "span": {"class"}, "ol": {"start"}}
FORBIDDEN_TAGS = {"script", "style", "img", "iframe", "object", "embed", "form", "input", "button", "svg", "math", "link", "meta"}
ANY_TEXT = st.text(st.characters(exclude_categories=()))
HOSTILE = [
    "<script>{}</script>",
    "<scr<script>ipt>{}</scr</script>ipt>",
    "<img src=x onerror={}>",
    "<svg/onload={}>",
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    "<a href='javascript:{}'>x</a>",
    '<button data-commandlinker-command="{}">x</button>',
    "<style>{}</style>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={}&gt;'>",
    "[x](javascript:{})",
    "[x](JaVaScRiPt&colon;{})",
    "[x](java\tscript:{})",
    "[x](data:text/html,{})",
    "[x](vbscript:{})",
    "[x](//evil.example/{})",
    "[x](/api/{})",
    "[{}](https://ok.example 'x\" onclick=\"alert(1)')",
    "![{}](https://tracker.example/a.png)",
    '![{}](https://tracker.example/a.png "t")',
    "![{}](javascript:alert(1))",
    "<!-- {} -->",
    "<![CDATA[ {} ]]>",
    "```html\n<script>{}</script>\n```",
    '```python" onmouseover="alert(1)\n{}\n```',
    '```"><script>\n{}',
    "`<script>{}</script>`",
    "| <img src=x onerror=alert(1)> | {} |\n|--|--|\n| <script> | b |",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}",
    "\x1b]0;title\x07{}",
    "\x00<\x00script>{}",
    "<scr\x1b[0mipt>{}</scr\x07ipt>",
]


class Reading(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def assert_harmless(page: str) -> Reading:
    import nh3

    found = Reading(page)
    assert set(found.tags) <= nh3.ALLOWED_TAGS - {"img", "map", "area"}
    assert not set(found.tags) & FORBIDDEN_TAGS
    assert "<script" not in page.lower()
    for tag, name, value in found.attributes:
        assert name in ALLOWED_ATTRIBUTES.get(tag, set())
        assert name != "href" or value.lower().startswith(("http:", "https:", "mailto:"))
        assert name != "class" or value.startswith("rn-")
    return found


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_text_runs_nothing_and_keeps_its_words(hostile: str):
    assert "quokka" in assert_harmless(safe_html(hostile.format("quokka"))).text


@given(st.lists(st.tuples(st.sampled_from(HOSTILE), st.from_regex(r"[a-z]{5,9}", fullmatch=True)), min_size=1, max_size=6))
def test_hostile_texts_in_any_order_run_nothing(parts: list[tuple[str, str]]):
    assert_harmless(safe_html("\n".join(template.format(word) for template, word in parts)))


@given(st.lists(st.sampled_from([*HOSTILE, *"<>`'\"=[]()!&;:/\n ", "onload=", "javascript:", "script", "img"]), max_size=30))
def test_no_combination_of_hostile_pieces_runs(pieces: list[str]):
    assert_harmless(safe_html("".join(pieces)))


@given(ANY_TEXT)
def test_no_text_at_all_runs(text: str):
    assert_harmless(safe_html(text))


@given(
    st.lists(st.from_regex(r"[a-zA-Z]{2,9}", fullmatch=True), min_size=1),
    st.sampled_from(["\n", "\n\n", "\n- ", "\n> ", "\r", " **"]),
)
def test_all_words_are_kept(words: list[str], between: str):
    text = Reading(safe_html(between.join(words))).text
    assert [word for word in words if word not in text] == []


def test_markdown_is_rendered():
    page = safe_html("# Head\n\n**bold** `code` ~~old~~ <https://a.example>\n\n3. three\n\n| a |\n|---|\n| 1 |\n")
    for part in (
        "<h1>Head</h1>",
        "<strong>bold</strong>",
        "<code>code</code>",
        "<s>old</s>",
        'href="https://a.example"',
        "<td>1</td>",
    ):
        assert part in page
    assert '<ol start="3">' in page


def test_links_lead_away_without_telling_where_from():
    assert 'rel="noopener noreferrer nofollow"' in safe_html("[a](https://a.example)")
    assert 'href="mailto:a@b.example"' in safe_html("<a@b.example>")


@pytest.mark.parametrize("url", ["/lab/tree/x", "x.html", "//evil.example", "#part", "file:///etc/passwd", "javascript:1"])
def test_a_link_to_elsewhere_than_the_web_stays_text(url: str):
    page = safe_html(f"[words]({url})")
    assert "<a" not in page
    assert url in page


def test_an_image_is_replaced_by_its_words():
    assert safe_html('![A <b> "map"](https://tracker.example/a.png)') == '<p>[image: A &lt;b&gt; "map"]</p>\n'
    assert safe_html("![](https://tracker.example/a.png)") == "<p>[image]</p>\n"


def test_code_is_coloured_with_classes_of_our_own_only():
    page = safe_html("```python\n\ndef f(): return 'x' # <b>\n```")
    classes = {value for _, name, value in Reading(page).attributes if name == "class"}
    assert {"rn-k", "rn-nf", "rn-c1"} <= classes
    assert all(name.startswith("rn-") for name in classes)
    assert Reading(page).text == "\ndef f(): return 'x' # <b>\n\n"


@pytest.mark.parametrize("language", ["", "nosuchlanguage", "python;rm -rf", "<script>"])
def test_code_in_an_unknown_language_is_shown_as_it_stands(language: str):
    page = safe_html(f"```{language}\n<x> 1\n```")
    assert page == "<pre><code>&lt;x&gt; 1\n</code></pre>\n"


def test_a_very_long_block_is_shown_without_colours():
    page = safe_html("```python\n" + "x = 1\n" * (LONGEST_HIGHLIGHT // 6 + 1) + "```")
    assert "<span" not in page
    assert page.count("x = 1") == LONGEST_HIGHLIGHT // 6 + 1


@given(ANY_TEXT)
def test_a_text_is_escaped_as_it_stands(text: str):
    reading = Reading(safe_text(text))
    assert reading.tags == []
    assert reading.text == printable(text)


SEQUENCES = st.lists(
    st.sampled_from(
        [
            "\x1b",
            "\x1b[",
            "\x1b]",
            "\x1bP",
            "\x9b",
            "\x9d",
            "\x9c",
            "\x07",
            "\x1b\\",
            "\r",
            "\n",
            "\x0c",
            "\x7f",
            "3",
            "1m",
            ";",
            "H",
            " ",
            "(B",
            "é",
            "\ud800",
        ]
    ),
    max_size=25,
).map("".join)


@given(ANY_TEXT | SEQUENCES)
def test_printable_text_holds_no_control_characters(text: str):
    shown = printable(text)
    assert [char for char in shown if unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t"] == []
    assert printable(shown) == shown


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_printable_text_is_left_alone(text: str):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("sequence", "left"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred\x9b0m", "red"),
        ("\x1b]0;title\x07", ""),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9d0;title\x9c", ""),
        ("\x1bPq#0;2;0\x1b\\", ""),
        ("\x1b_Gpicture\x1b\\", ""),
        ("\x1b(B\x1b7\x1bc", ""),
        ("\x08\x08over", "over"),
        ("a\r\nb\rc\x0cd", "a\nb\nc\nd"),
        ("\ud800", "\ufffd"),
    ],
)
def test_terminal_sequences_are_taken_out(sequence: str, left: str):
    assert printable(f"<{sequence}>") == f"<{left}>"


def test_a_sequence_without_its_end_swallows_nothing():
    assert printable("\x1b]0;all the rest\nof the answer") == "0;all the rest\nof the answer"
    assert printable("\x1b[31") == "31"


@given(st.lists(SEQUENCES))
def test_pieces_cut_at_unfinished_sequences_print_as_the_whole(pieces: list[str]):
    written, rest = "", ""
    for piece in pieces:
        ready, rest = cut_unfinished(rest + piece)
        written += printable(ready)
    assert written + printable(rest) == printable("".join(pieces))


@pytest.mark.parametrize("formula", [r"\(x^2\)", r"\[ \frac{a}{b} \]", r"$$\int_0^1 x\,dx$$"])
def test_formulas_are_shown_as_they_were_written(formula: str):
    assert safe_html(f"so {formula} holds") == f"<p>so <code>{formula}</code> holds</p>\n"


def test_text_cannot_be_made_to_read_backwards():
    assert printable("a\u202ebc\u2066d") == "abcd"
