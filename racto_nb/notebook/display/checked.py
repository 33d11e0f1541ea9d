"""What the checks of a dataset found, and a dataset's figures: as HTML with a text twin. All is escaped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from racto_nb.notebook.display.figures import figure_table, folded
from racto_nb.notebook.display.passages import bundled
from racto_nb.notebook.display.sanitising import printable, safe_text

if TYPE_CHECKING:
    from racto_nb.finetune.checking.results import Findings
    from racto_nb.finetune.collection import Collection
    from racto_nb.finetune.findings import Finding

MOST = 5
"""Findings of one rule that are listed."""
_KINDS = ("error", "warning", "hint")


def findings_bundle(found: Findings) -> dict[str, str]:
    """Findings by their rules, errors first: how many, what to do, and the first places."""
    return bundled(_rules_html(found), printable(str(found)), _footer(found))


def report_bundle(
    data: Collection, found: Findings, figures: Sequence[tuple[str, str]], notes: Sequence[str] = ()
) -> dict[str, str]:
    """The figures of a dataset, `notes` on them, and what its checks found."""
    told = "".join(f'<p class="racto-quiet">{safe_text(note)}</p>' for note in notes)
    html = figure_table(("figure", ""), figures) + told + _rules_html(found)
    text = "\n".join([*(f"{name}: {value}" for name, value in figures), *notes, str(found)])
    return bundled(html, printable(text), f"{len(data):,} examples · {_footer(found)}")


def _rules_html(found: Findings) -> str:
    parts: list[str] = []
    for kind in _KINDS:
        of_kind = {rule: [each for each in group if each.severity == kind] for rule, group in found.by_rule().items()}
        shown = "".join(_rule_html(rule, group) for rule, group in of_kind.items() if group)
        if shown:
            count = sum(len(group) for group in of_kind.values())
            parts.append(f"<p><b>{kind.capitalize()}s</b></p>{shown}" if kind != "hint" else folded(f"hints · {count:,}", shown))
    return "".join(parts) or '<p class="racto-quiet">Nothing was found.</p>'


def _rule_html(rule: str, group: Sequence[Finding]) -> str:
    places = "".join(f"<li>{safe_text(_line(each))}</li>" for each in group[:MOST])
    more = f"<li>and {len(group) - MOST:,} more</li>" if len(group) > MOST else ""
    told = dict.fromkeys(each.fix for each in group[:MOST] if each.fix)  # a rule may give each of its findings other advice
    advice = "".join(f'<p class="racto-quiet">{safe_text(fix)}</p>' for fix in told)
    title = f"{rule.replace('_', ' ')} · {len(group):,}"
    listed = f'<ul class="racto-why">{places}{more}</ul>{advice}'
    return f'<details class="racto-fold" open><summary>{safe_text(title)}</summary><div>{listed}</div></details>'


def _line(finding: Finding) -> str:
    """A finding without what to do, which is said once below all of its rule."""
    told = str(finding).removesuffix(finding.fix).rstrip()
    return f"{told}  “{finding.shown}”" if finding.shown and finding.shown not in told else told


def _footer(found: Findings) -> str:
    mended = f" · {len(found.fixable):,} can be mended by .fix()" if found.fixable else ""
    return f"{found.summary()} for {found.provider}{mended}"
