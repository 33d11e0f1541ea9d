"""The tables of contents, made of the lists of links in docs/README.md, which is the index on a code host too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

_HEADING = re.compile(r"^(?P<marks>#{2,3}) (?P<title>.+)$")
_LINK = re.compile(r"^\s*\* .*?\[[^\]]+\]\((?P<page>[^)#:]+)\.md\)")
_PLACES = {"tutorial": "Begin", "explanations/": "Explanations", "guides/": "More guides", "reference/": "Reference"}


def sections(readme: str) -> dict[str, list[str]]:
    """The pages that each section of the index links to, by its heading.

    >>> sections("# Docs\\n\\n## Guides\\n\\n* [Asking](guides/asking.md): in a cell\\n")
    {'Guides': ['guides/asking']}
    """
    found: dict[str, list[str]] = {}
    title = ""
    for line in readme.split("\n"):
        if match := _HEADING.match(line):
            title = match["title"]
        elif match := _LINK.match(line):
            page = match["page"]
            if not page.startswith("..") and page not in chain(*found.values()):
                found.setdefault(title, []).append(page)
    return found


def toctrees(found: dict[str, list[str]]) -> str:
    """Hidden tables of contents in Markdown, one for each section."""
    blocks = (["```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```"] for title, pages in found.items())
    return "\n\n".join("\n".join(block) for block in blocks)


def with_the_rest(found: dict[str, list[str]], pages: Iterable[str]) -> dict[str, list[str]]:
    """The sections with the pages that no link of the index leads to, each beside those of its folder."""
    listed = set(chain(*found.values()))
    result = {title: list(names) for title, names in found.items()}
    for page in sorted(set(pages) - listed):
        title = next((name for start, name in _PLACES.items() if page.startswith(start)), "More")
        result.setdefault(title, []).append(page)
    return result
