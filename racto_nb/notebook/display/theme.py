"""How an answer looks: one small style sheet that follows the front end's light or dark theme. Data and pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.notebook.display.sanitising import printable, safe_text

_TEXT = "var(--jp-content-font-color0,currentcolor)"


def _ink(role: str, otherwise: str) -> str:
    """The front end's colour for a `role` in code, brought nearer to the text's colour: by itself it is too faint to read."""
    return f"color:{otherwise};color:color-mix(in srgb,var(--jp-mirror-editor-{role}-color,{otherwise}) 75%,{_TEXT})"


# Every rule begins with `.racto`, so that it outweighs the front end's own rules for tables and blocks.
STYLE = (
    "<style>"
    ".racto .racto-answer{line-height:1.5;max-width:60em;overflow-wrap:break-word}"
    ".racto .racto-answer pre{margin:.7em 0;padding:.6em .8em;overflow-x:auto;border-radius:4px;white-space:pre;"
    "background:var(--jp-cell-editor-background,rgba(127,127,127,.12))}"
    ".racto .racto-answer pre code{background:none;padding:0}"
    ".racto .racto-answer pre code{white-space:inherit;overflow-wrap:normal}"
    ".racto .racto-answer>:first-child{margin-top:0}"
    ".racto .racto-answer>p:last-child{margin-bottom:0}"
    ".racto .racto-answer h1,.racto .racto-answer h2,.racto .racto-answer h3,"
    ".racto .racto-answer h4,.racto .racto-answer h5,.racto .racto-answer h6"
    "{margin:1em 0 .4em;font-size:1em;line-height:1.3;font-weight:600}"
    ".racto .racto-answer h1{font-size:1.4em}.racto .racto-answer h2{font-size:1.25em}.racto .racto-answer h3{font-size:1.1em}"
    ".racto .racto-answer table{display:block;width:max-content;max-width:100%;overflow-x:auto;border-collapse:collapse;"
    "margin:.5em 0;font-size:inherit}"
    ".racto .racto-answer th,.racto .racto-answer td{padding:.2em .7em;text-align:left;"
    "border:1px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    f".racto [class^=rn-k],.racto .rn-ow{{{_ink('keyword', '#0a6b2c')};font-weight:600}}"
    f".racto [class^=rn-s]{{{_ink('string', '#a3231b')}}}"
    f".racto [class^=rn-c]{{{_ink('comment', '#316464')};font-style:italic}}"
    f".racto [class^=rn-m]{{{_ink('number', '#125aab')}}}"
    f".racto .rn-nf,.racto .rn-nc{{{_ink('def', '#333f96')}}}"
    f".racto .rn-nb{{{_ink('builtin', '#5c1787')}}}"
    ".racto .racto-answer:has(>.racto-list){max-width:none}"
    ".racto .racto-answer .racto-list{font-size:92%}"
    ".racto .racto-answer .racto-list td{vertical-align:top;white-space:pre-wrap}"
    ".racto .racto-answer .racto-list th,.racto .racto-answer .racto-list td:not(:last-child){white-space:nowrap}"
    ".racto .racto-answer .racto-list td:last-child{min-width:16em;max-width:40em}"
    ".racto .racto-thought{margin:0 0 .4em;font-size:92%}"
    ".racto .racto-thought>summary{cursor:pointer;width:fit-content;color:var(--jp-ui-font-color2,#6b6b6b)}"
    ".racto .racto-thought>div{margin:.4em 0;padding-left:.8em;"
    "border-left:2px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    ".racto .racto-step{margin:.3em 0;font-size:92%;max-width:65em}"
    ".racto .racto-step>summary{cursor:pointer;width:fit-content;max-width:100%;overflow-wrap:anywhere;"
    "color:var(--jp-ui-font-color2,#6b6b6b)}"
    ".racto .racto-step>summary code{background:none;padding:0;color:inherit}"
    ".racto .racto-step>div{margin:.2em 0 .4em;padding-left:.8em;"
    "border-left:2px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    ".racto .racto-failed>summary b{color:var(--jp-error-color1,#c62828)}"
    ".racto .racto-said{margin-bottom:.4em}"
    ".racto .racto-step~.racto-answer{margin-top:.6em}"
    ".racto .racto-side{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22em),1fr));gap:1em 1.6em;"
    "align-items:start}"
    ".racto .racto-pane{min-width:0;padding-top:.3em;border-top:2px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    ".racto .racto-name{margin-bottom:.3em;font-weight:600;overflow-wrap:anywhere}"
    ".racto .racto-foot{margin-top:.4em;font-size:85%;color:var(--jp-ui-font-color2,#6b6b6b);white-space:pre-line}"
    ".racto .racto-foot b{font-weight:600;color:var(--jp-error-color1,#c62828)}"
    ".racto .racto-foot b span{font-weight:400}"
    "</style>"
)

RETRIEVAL = (
    "<style>"
    ".racto .racto-hit{margin:0 0 .8em;max-width:65em}"
    ".racto .racto-hit-head{display:flex;flex-wrap:wrap;gap:0 .8em;align-items:baseline;line-height:1.5}"
    ".racto .racto-hit-head b{font-weight:600;overflow-wrap:anywhere}"
    ".racto .racto-hit-head span,.racto .racto-quiet{color:var(--jp-ui-font-color2,#6b6b6b);font-size:92%;overflow-wrap:anywhere}"
    ".racto .racto-quote{margin:.2em 0 0;padding:.1em 0 .1em .8em;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.5;"
    "border-left:3px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    ".racto mark{padding:0 .1em;border-radius:2px;color:inherit;background:rgba(255,193,7,.36)}"
    ".racto .racto-cite{text-decoration:none;font-weight:600;padding:0 .1em}"
    ".racto .racto-sources{margin-top:.8em;padding-top:.5em;border-top:1px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    ".racto .racto-hit:target .racto-quote{border-left-color:var(--jp-brand-color1,#1976d2)}"
    ".racto .racto-fold{margin:.3em 0;font-size:92%}"
    ".racto .racto-fold>summary{cursor:pointer;width:fit-content;color:var(--jp-ui-font-color2,#6b6b6b)}"
    ".racto .racto-fold>div{margin:.4em 0;padding-left:.8em}"
    ".racto .racto-why{margin:.3em 0 .6em;padding-left:1.3em;line-height:1.5}"
    ".racto .racto-missing{font-weight:600}"
    ".racto .racto-answer .racto-figures td:not(:first-child),.racto .racto-answer .racto-figures th:not(:first-child)"
    "{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "</style>"
)
"""What passages and answers from them look like besides. Not in STYLE, which goes along with each update of a stream."""


def page(body_html: str, footer: str, *, warning: str = "", above: str = "") -> str:
    """An answer's HTML: clean `body_html`, then the footer line, its `warning` set apart. The texts are escaped here.

    `above` is clean HTML that stands before the answer, such as the folded thinking.

    MathJax is told to keep out: it would read "$5 and $10" as a formula and show "5and10".
    """
    return framed(inner(body_html, footer, warning=warning, above=above))


def framed(html: str) -> str:
    """Clean `html` with the style sheet that belongs to it."""
    return f'{STYLE}<div class="racto tex2jax_ignore mathjax_ignore">{html}</div>'


def inner(body_html: str, footer: str, *, warning: str = "", above: str = "") -> str:
    """What stands in the frame of `page`."""
    what, colon, why = (safe_text(part) for part in warning.partition(": "))
    reason = f"{colon}<span>{why}</span>" if why else colon
    strong = f"<b>{what}{reason}</b>{' · ' if footer else ''}" if warning else ""
    foot = f'<div class="racto-foot">{strong}{safe_text(footer)}</div>' if footer or warning else ""
    body = f'<div class="racto-answer">{body_html}</div>' if body_html or not above else ""
    return above + body + foot


def beside(panes: Sequence[tuple[str, str]]) -> str:
    """Several answers side by side where there is room, else one below another: each a name and clean HTML."""
    shown = (f'<div class="racto-pane"><div class="racto-name">{safe_text(name)}</div>{html}</div>' for name, html in panes)
    return framed(f'<div class="racto-side">{"".join(shown)}</div>')


def plain(body: str, footer: str, *, warning: str = "", below: str = "") -> str:
    """The text twin of `page`. `below` is one more line under the footer."""
    foot = printable(" · ".join(part for part in (warning, footer) if part))
    lines = "\n".join(f"— {line}" for line in (foot, printable(below)) if line)
    return f"{body}\n\n{lines}" if lines else body
