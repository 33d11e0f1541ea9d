"""Markdown that is still being written, cut where a block has ended: what stands before that will not change any more. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from racto_nb.notebook.display.sanitising import safe_html

if TYPE_CHECKING:
    from markdown_it.token import Token

GROWTH = 1.5
"""A tail that held one block only is looked at again when it has grown by half: a long block is not parsed for each line."""


@dataclass(slots=True)
class Blocks:
    """The text of a stream: clean HTML of the blocks that are whole, and the `tail`.

    >>> blocks = Blocks()
    >>> blocks.add("A *word*.\\n\\nNext")
    '<p>A <em>word</em>.</p>\\n'
    >>> blocks.tail
    'Next'
    """

    tail: str = ""
    _looked: float = 0.0

    def add(self, text: str) -> str:
        """Add `text`; the HTML of the blocks that are whole since."""
        self.tail += text
        if "\n" not in text or len(self.tail) < self._looked * GROWTH:
            return ""
        end = _last_block(self.tail)
        self._looked = 0.0 if end else len(self.tail)
        whole, self.tail = self.tail[:end], self.tail[end:]
        return safe_html(whole) if whole.strip() else ""


def _last_block(text: str) -> int:
    """The place where the last block of `text` begins."""
    begins = [token.map[0] for token in _blocks_of()(text) if token.level == 0 and token.map is not None]
    if not begins or begins[-1] == 0:
        return 0
    return sum(len(line) + 1 for line in text.split("\n")[: begins[-1]])


@cache
def _blocks_of() -> Callable[[str], list[Token]]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable(["table"]).disable("inline").parse
