"""What stands above a chart: its title, what must be said about it, the names of its colours. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from racto_nb.notebook.display.pictures.svg import INK, LABEL, cut, cut_name, square, wide, word

WIDE = 640.0
"""How wide a picture is, in pixels."""
EDGE = 12.0
TITLE, SMALL = 15, 11
_MOST_ROWS = 3
_LONGEST_KEY = 170.0
Key = tuple[str, str]
"""A name of the legend and its colour."""


def head(title: str, notes: Sequence[str], keys: Sequence[Key]) -> tuple[str, float]:
    """The SVG, and how high it is."""
    y, drawn = 4.0, ""
    for text in wrapped(title, WIDE - 2 * EDGE, TITLE, most=2):
        y += 18
        drawn += word(EDGE, y, text, f' font-size="{TITLE}" font-weight="600"')
    for note in notes:
        for text in wrapped(note, WIDE - 2 * EDGE, SMALL, most=2):
            y += 16
            drawn += word(EDGE, y, text, f' font-size="{SMALL}"')
    legend, tall = _legend(keys, y + 8)
    return drawn + legend, y + 8 + tall


def wrapped(text: str, room: float, size: float, *, most: int) -> list[str]:
    """`text` in lines of at most `room` pixels, cut at the end of the last of `most`."""
    lines: list[list[str]] = []
    free = 0.0
    for each in text.split():
        needed = wide(f" {each}", size)
        if lines and (needed <= free or len(lines) == most):
            lines[-1].append(each)
            free -= needed
        else:
            lines.append([each])
            free = room - wide(each, size)
        if free < 0 and len(lines) == most:
            break  # what follows would be cut
    return [cut(" ".join(words), room, size) for words in lines]


def _legend(keys: Sequence[Key], top: float) -> tuple[str, float]:
    """Each name behind its colour, in rows. Names that have no room are counted."""
    x, row, drawn = EDGE, 0, ""
    for place, (name, ink) in enumerate(keys):
        shown = cut_name(name, _LONGEST_KEY)
        more = f"and {len(keys) - place:,} more"
        last = row == _MOST_ROWS - 1
        if x + 15 + wide(shown) > WIDE - EDGE - (wide(more) + 20 if last else 0):
            if last:
                drawn += word(x, top + row * 18 + 10, more)
                break
            x, row = EDGE, row + 1
        drawn += square(x, top + row * 18 + 1, ink) + word(x + 15, top + row * 18 + 10, shown)
        x += 15 + wide(shown) + 16
    return drawn, (row + 1) * 18 + 4 if keys else 0.0


def sheet(alt: str, tall: float, inside: str) -> str:
    """The whole SVG."""
    from html import escape

    named = escape(alt)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE:.0f}" height="{tall:.0f}" viewBox="0 0 {WIDE:.0f} {tall:.0f}"'
        f' role="img" aria-label="{named}"><title>{named}</title>'
        f'<g fill="{INK}" font-size="{LABEL}" font-family="system-ui,-apple-system,Segoe UI,Roboto,Noto Sans,sans-serif">'
        f"{inside}</g></svg>"
    )
