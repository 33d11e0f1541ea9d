"""What the guard says of a statement, as HTML with a text twin. The statement is foreign: everything is escaped. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb.notebook.display.passages import bundled
from racto_nb.notebook.display.sanitising import marked_text, printable, safe_text

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.guarding.values import Verdict


def verdict_bundle(verdict: Verdict) -> dict[str, str]:
    """A verdict: why a statement is refused, with the place in it, or what an allowed one reads."""
    if verdict.allowed:
        told = "".join(f'<p class="racto-quiet">{safe_text(line)}</p>' for line in _allowed(verdict))
        html = f'<p><b>Allowed</b></p><div class="racto-quote">{safe_text(verdict.sql)}</div>{told}'
        return bundled(html, printable("\n".join(("Allowed", verdict.sql, *_allowed(verdict)))), "")
    html = f"<p><b>Refused</b></p>{violations_html(verdict)}"
    return bundled(html, printable(f"Refused\n{violations_text(verdict)}"), "")


def what_it_reads(verdict: Verdict) -> str:
    """One line: what the guard has found in a statement that it allows. Its notes are told apart."""
    return " · ".join(_found(verdict))


def violations_html(verdict: Verdict) -> str:
    """The statement with the refused parts marked, each rule that it breaks, and a statement that would be allowed."""
    if verdict.allowed:
        return ""
    places = [(each.start, each.end) for each in verdict.violations if each.start is not None and each.end is not None]
    rules = "".join(f"<li>{safe_text(_rule(each.rule))}: {safe_text(each.message)}</li>" for each in verdict.violations)
    quote = f'<div class="racto-quote">{marked_text(verdict.original, places)}</div>'
    other = ""
    if verdict.rewrite:
        other = f'<p class="racto-quiet">Allowed would be:</p><div class="racto-quote">{safe_text(verdict.rewrite)}</div>'
    return f'{quote}<ul class="racto-why">{rules}</ul>{other}'


def violations_text(verdict: Verdict) -> str:
    """The text twin of it."""
    if verdict.allowed:
        return ""
    lines = [f"  {verdict.original}", *(f"- {_rule(each.rule)}: {each.message}" for each in verdict.violations)]
    return "\n".join([*lines, f"Allowed would be: {verdict.rewrite}"] if verdict.rewrite else lines)


def _rule(name: str) -> str:
    return name.replace("_", " ")


def _allowed(verdict: Verdict) -> list[str]:
    return [*_found(verdict), *verdict.notes]


def _found(verdict: Verdict) -> list[str]:
    lines = [f"reads {', '.join(verdict.tables)}"] if verdict.tables else []
    if verdict.masked:
        lines.append(f"masked: {', '.join(dict.fromkeys(name for names in verdict.masked.values() for name in names))}")
    if verdict.limited:
        lines.append("the row limit was written into it")
    return lines
