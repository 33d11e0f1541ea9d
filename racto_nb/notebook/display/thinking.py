"""What a model thought before it answered, folded away: a closed block that the reader opens. Pure.

The frame is ours and stands outside the cleaned text: nothing that a model writes can open, close or leave it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from racto_nb.notebook.display.footer import duration
from racto_nb.notebook.display.sanitising import printable, safe_html, safe_text

SHORTEST_TIME = 0.05
"""Seconds. A shorter time says that the thinking came in one piece, and nothing about how long it took."""
LONGEST_WORD = 20
"""Characters a word, on average. Beyond it the text is of a script without spaces, and words say nothing."""


@dataclass(frozen=True, slots=True)
class Thought:
    """A model's thinking: its `text`, the `seconds` from its first piece to its last (None: unknown), and whether it `grows`."""

    text: str
    seconds: float | None = None
    grows: bool = False

    @property
    def size(self) -> str:
        """Its length for a person: words, or characters where words have no spaces between them."""
        words = len(self.text.split())
        if len(self.text) > LONGEST_WORD * words:
            return f"{len(self.text):,} characters"
        return "1 word" if words == 1 else f"{words:,} words"

    @property
    def title(self) -> str:
        """What stands on the folded block.

        >>> Thought("one two three", 3.21).title, Thought("one two", grows=True).title
        ('Thought for 3.2 s · 3 words', 'Thinking …')
        """
        if self.grows:
            return "Thinking …"
        return f"Thought{'' if self.seconds is None else f' for {duration(self.seconds)}'} · {self.size}"


def folded(thought: Thought) -> str:
    """`thought` as a closed block. Its text is cleaned as an answer's is.

    >>> folded(Thought("*so* <b>it</b> is", 2.0)).count("<details"), "<b>" in folded(Thought("<b>it</b>"))
    (1, False)
    """
    body = safe_html(printable(thought.text))
    return (
        f'<details class="racto-thought"><summary>{safe_text(thought.title)}</summary>'
        f'<div class="racto-answer">{body}</div></details>'
    )


def note(thought: Thought) -> str:
    """The text twin of `folded`: one line that says where the thinking is kept.

    >>> note(Thought("one two three", 3.21))
    'thought for 3.2 s · 3 words, kept in .thinking'
    """
    title = thought.title
    return title[:1].lower() + title[1:] + ("" if thought.grows else ", kept in .thinking")


@dataclass(slots=True)
class Thinking:
    """Thinking while it arrives: its pieces, and when the first came and the last."""

    clock: Callable[[], float]
    _pieces: list[str] = field(default_factory=list[str])
    _began: float = 0.0
    _ended: float = 0.0

    def add(self, piece: str) -> None:
        """One more piece."""
        self._ended = self.clock()
        if not self._pieces:
            self._began = self._ended
        self._pieces.append(piece)

    @property
    def text(self) -> str:
        """All of it so far, unchanged."""
        if len(self._pieces) > 1:
            self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def so_far(self) -> Thought:
        """As far as it has come, while more is awaited."""
        return Thought(self.text, grows=True)

    def whole(self) -> Thought | None:
        """All of it; None when the model showed none."""
        if not self.text.strip():
            return None
        seconds = self._ended - self._began
        return Thought(self.text, seconds if seconds >= SHORTEST_TIME else None)
