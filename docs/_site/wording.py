"""Docstrings, which are plain text with code in single backticks, as reStructuredText. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_CODE = re.compile(r"(?P<mark>`+)(?P<code>.+?)(?<!`)(?P=mark)(?!`)", re.DOTALL)
_SPECIAL = re.compile(r"[\\*|`]|_(?=\W|$)")
_BULLET = re.compile(r"[*-] ")
_OPTION = re.compile(r"(?P<space>\s*)(?P<dash>[-/+:]|\.\.)(?=\S)")
_STARTERS = " \n'\"([{<-/:"
_ENDERS = " \n'\")]}>-/:.,;!?"


def inline(text: str, names: Mapping[str, str] | None = None) -> str:
    """A piece of running text; code that is one of `names` becomes a link to what the name stands for.

    >>> inline("`chat` and *all* its `n`s")
    '``chat`` and \\\\*all\\\\* its ``n``\\\\ s'
    """
    pieces = []
    end = 0
    for match in _CODE.finditer(text):
        pieces.append(_escaped(text[end : match.start()]))
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        code = " ".join(match["code"].split("\n"))
        pieces.append(_glued(before, _STARTERS) + _marked(code, names or {}) + _glued(after, _ENDERS))
        end = match.end()
    return "".join([*pieces, _escaped(text[end:])])


def restructured(lines: Sequence[str], names: Mapping[str, str] | None = None) -> list[str]:
    """A docstring: its paragraphs, lists, indented texts and examples."""
    result: list[str] = []
    for block in _blocks(lines):
        result += [*_block(block, names or {}), ""]
    return result


def _blocks(lines: Sequence[str]) -> list[list[str]]:
    """The lines between blank ones; an example begins a block of its own, and so does a list."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        last = blocks[-1]
        in_example = bool(last) and last[0].lstrip().startswith(">>>")
        in_list = bool(last) and _BULLET.match(last[0].lstrip()) is not None
        begins = line.lstrip().startswith(">>>") and not in_example
        listed = _BULLET.match(line.lstrip()) is not None and not in_example and not in_list
        if not line.strip() or ((begins or listed) and last):
            blocks.append([])
        if line.strip():
            blocks[-1].append(line)
    return [block for block in blocks if block]


def _block(block: list[str], names: Mapping[str, str]) -> list[str]:
    first = block[0].lstrip()
    if first.startswith(">>>"):
        return block
    if _BULLET.match(first):
        return _items(block, names)
    if all(line.startswith("  ") for line in block):
        return ["::", "", *(f"  {line}" for line in block)]
    return [_unlike_markup(line) for line in inline("\n".join(line.strip() for line in block), names).split("\n")]


def _items(block: list[str], names: Mapping[str, str]) -> list[str]:
    """The items of a list, each with the lines that go on with it."""
    items: list[list[str]] = []
    for line in block:
        if _BULLET.match(line.lstrip()):
            items.append([line.lstrip()[2:]])
        else:
            items[-1].append(line.strip())
    return ["* " + inline("\n".join(item), names).replace("\n", "\n  ") for item in items]


def _marked(code: str, names: Mapping[str, str]) -> str:
    target = names.get(code)
    return f":py:obj:`{code} <{target}>`" if target else f"``{code}``"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _glued(neighbour: str, allowed: str) -> str:
    """Markup must stand between white space or points: a letter beside it is kept apart by what shows nothing."""
    return "" if not neighbour or neighbour in allowed else "\\ "


def _unlike_markup(line: str) -> str:
    """A line that begins as an option or a field does is text all the same."""
    match = _OPTION.match(line)
    return line if match is None or line.lstrip().startswith(":py:obj:") else f"{match['space']}\\{line[match.end('space') :]}"
