"""Hints for who writes a prompt: those of `lint`, and others that have to guess. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from racto_nb.prompts.compiling import SECTIONS, PromptFields
from racto_nb.prompts.contradicting import contradictions
from racto_nb.prompts.linting import LintHint, lint, texts_of

_FOREIGN = "user|input|message|msg|query|question|text|document|doc|content|comment|email|review|transcript|page|html|body|data"
_SIGN = re.compile(
    r"(?P<mark>```|~~~|\"\"\"|'''|^={4,}[^\n]*$)|</(?P<end>[A-Za-z][\w-]{0,40})>|<(?P<tag>[A-Za-z][\w-]{0,40})(?:\s[^<>]{0,200})?>"
    rf"|(?P<hole>\{{\{{\s*[^{{}}\s][^{{}}\n]{{0,80}}\}}\}}|(?<!\{{)\$?\{{(?:\w{{1,40}}_)?(?:{_FOREIGN})(?:_\w{{1,40}})?\}})",
    re.MULTILINE,
)
"""What fences a text as data (fences, quotes, a boundary, tags), and where a text of others would be put in."""
_MOST = 20
"""Places of one field that are told of."""


def review(prompt: PromptFields) -> list[LintHint]:
    """All of `lint`, contradictory rules, and places where somebody else's text would stand among the instructions.

    Some of it is a guess, so it is a help for who writes and nothing to fail on.

    >>> from racto_nb.prompts import RactoPrompt
    >>> prompt = RactoPrompt(role="You sum up.", aim="Sum up {{user_input}}.", constraints=["At most 20 words.",
    ...                      "At least 3 sentences.", "At least 50 words."], tone="Sober", output_format="text")
    >>> [hint.section for hint in review(prompt)]
    ['AIM', 'CONSTRAINTS']
    """
    clashes = (LintHint(section, message) for section, message in contradictions(prompt))
    hints = [*lint(prompt), *clashes, *_open_to_orders(prompt)]
    return sorted(hints, key=lambda hint: SECTIONS.index(hint.section))


def _open_to_orders(prompt: PromptFields) -> Iterator[LintHint]:
    for section, parts in texts_of(prompt).items():
        holes = dict.fromkeys(hole for part in parts for hole in _places(part))
        for hole in holes:
            name = re.sub(r"\W+", "_", hole).strip("_") or "text"
            yield LintHint(
                section,
                f"{hole} stands among the instructions, so whoever writes that text can give orders. Fence it as "
                f"<{name}>{hole}</{name}> and say that what stands there is data, or send it as the question.",
            )


@lru_cache(maxsize=128)
def _places(text: str) -> tuple[str, ...]:
    """The first of them. Kept, since all other fields are the same when one is typed into."""
    return tuple(islice(_unfenced(text), _MOST))


def _unfenced(text: str) -> Iterator[str]:
    """The places of `text` that stand outside of any fence. One pass, since it runs while somebody types."""
    closed = {match["end"] for match in _SIGN.finditer(text) if match["end"]}
    mark, tags = "", Counter[str]()
    for sign in _SIGN.finditer(text):
        if found := sign["mark"]:
            mark = "" if mark == found[:3] else mark or found[:3]
        elif tag := sign["tag"]:
            tags[tag] += tag in closed
        elif end := sign["end"]:
            tags[end] = max(0, tags[end] - 1)
        elif not mark and not any(tags.values()):
            yield sign["hole"]
