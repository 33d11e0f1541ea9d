"""A text to cut, made of words by chance."""

from __future__ import annotations

import random
import textwrap

WORDS = "an index keeps the rows sorted so that queries find them without reading every page".split()  # noqa: SIM905  (a line)


def prose(size: int, *, wrapped: bool) -> str:
    """`size` letters of paragraphs, the same on every run."""
    chance, paragraphs, length = random.Random(7), [], 0
    while length < size:
        sentences = [
            " ".join(chance.choices(WORDS, k=chance.randint(5, 25))).capitalize() + "." for _ in range(chance.randint(2, 9))
        ]
        paragraph = " ".join(sentences)
        paragraphs.append("\n".join(textwrap.wrap(paragraph, 78)) if wrapped else paragraph)
        length += len(paragraphs[-1]) + 2
    return "\n\n".join(paragraphs)[:size]
