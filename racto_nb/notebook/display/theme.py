"""How an answer looks: one small style sheet that follows the front end's light or dark theme. Data and pure functions."""

from __future__ import annotations

from html import escape

STYLE = (
    "<style>"
    ".racto-answer{line-height:1.5;max-width:60em;overflow-wrap:anywhere}"
    ".racto-answer pre{padding:.6em .8em;overflow-x:auto;border-radius:4px;white-space:pre;"
    "background:var(--jp-layout-color2,rgba(127,127,127,.12))}"
    ".racto-answer table{border-collapse:collapse;margin:.5em 0}"
    ".racto-answer th,.racto-answer td{padding:.2em .7em;text-align:left;"
    "border:1px solid var(--jp-border-color2,rgba(127,127,127,.4))}"
    ".racto-answer [class^=rn-k],.racto-answer .rn-ow{color:var(--jp-mirror-editor-keyword-color,#0a7d33);font-weight:600}"
    ".racto-answer [class^=rn-s]{color:var(--jp-mirror-editor-string-color,#b3261e)}"
    ".racto-answer [class^=rn-c]{color:var(--jp-mirror-editor-comment-color,#408080);font-style:italic}"
    ".racto-answer [class^=rn-m]{color:var(--jp-mirror-editor-number-color,#1565c0)}"
    ".racto-answer .rn-nf,.racto-answer .rn-nc{color:var(--jp-mirror-editor-def-color,#3949ab)}"
    ".racto-answer .rn-nb{color:var(--jp-mirror-editor-builtin-color,#6a1b9a)}"
    ".racto-foot{margin-top:.4em;font-size:85%;color:var(--jp-ui-font-color2,#6b6b6b)}"
    ".racto-foot b{font-weight:600;color:var(--jp-error-color1,#c62828)}"
    "</style>"
)


def page(body_html: str, footer: str, *, warning: str = "") -> str:
    """An answer's HTML: clean `body_html`, then the footer line, its `warning` set apart. The texts are escaped here."""
    strong = f"<b>{escape(warning)}</b> · " if warning else ""
    foot = f'<div class="racto-foot">{strong}{escape(footer)}</div>' if footer or warning else ""
    return f'{STYLE}<div class="racto-answer">{body_html}</div>{foot}'


def plain(body: str, footer: str, *, warning: str = "") -> str:
    """The text twin of `page`."""
    foot = " · ".join(part for part in (warning, footer) if part)
    return f"{body}\n\n— {foot}" if foot else body
