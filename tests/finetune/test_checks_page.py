"""The tables of the page on checks are those of the code. `RACTO_WRITE=1` writes them again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from racto_nb.finetune.checking.limits import LIMITS, MEGABYTE, READ, TOKEN_LIMITS, Limits
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.table import GROUPS
from racto_nb.finetune.checking.targets import TARGETS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "finetune_checks.md"


def number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def limits_row(name: str, limits: Limits) -> str:
    examples = " to ".join(filter(None, [number(limits.least), number(limits.most)]))
    if limits.least is not None and limits.most is None:
        examples = f"{limits.least} or more"
    elif limits.least is None and limits.most is not None:
        examples = f"up to {limits.most:,}"
    if limits.most_with_files is not None:
        examples = ", ".join(filter(None, [examples, f"{limits.most_with_files:,} with files"]))
    kinds = ", ".join(sorted(kind.removeprefix("image/").upper() for kind in limits.image_types or ()))
    size = "" if limits.image_bytes is None else f"{limits.image_bytes // MEGABYTE} MB"
    pictures = "none: text alone" if limits.text_only else number(limits.images)
    return f"| `{name}` | {examples} | {number(limits.advised)} | {pictures} | {', '.join(filter(None, [size, kinds]))} |"


def holds_for(rule: Rule) -> str:
    names = [f"`{name}`" for name, target in TARGETS.items() if rule.holds(target)]
    missing = [f"`{name}`" for name in TARGETS if f"`{name}`" not in names]
    if not missing:
        return "all"
    return ", ".join(names) if len(names) <= len(missing) + 1 else f"all but {', '.join(missing)}"


def mended(rule: Rule) -> str:
    return "" if rule.mend is None else "when named" if rule.when_named else "yes"


def rules_table() -> list[str]:
    lines: list[str] = []
    for group, rules in GROUPS.items():
        lines += ["", f"### {group}", "", "| rule | | what it finds | where | mended |", "|---|---|---|---|---|"]
        lines += [f"| `{rule.name}` | {rule.severity} | {rule.says} | {holds_for(rule)} | {mended(rule)} |" for rule in rules]
    return lines[1:]


TABLES = {
    "limits": [limits_row(name, limits) for name, limits in LIMITS.items()],
    "tokens": [f"| `{model}` | {limit.tokens:,} |" for models in TOKEN_LIMITS.values() for model, limit in models.items()],
    "rules": rules_table(),
}


@pytest.mark.parametrize("table", TABLES)
def test_the_page_shows_what_the_code_has(table: str):
    text = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {table} -->\n", f"<!-- /{table} -->\n"
    assert begin in text
    written = text.partition(begin)[2].partition(end)[0]
    expected = "".join(f"{line}\n" for line in TABLES[table])
    if os.environ.get("RACTO_WRITE"):
        PAGE.write_text(text.replace(begin + written + end, begin + expected + end), encoding="utf-8")
    else:
        assert written == expected, "RACTO_WRITE=1 writes the table again"


def test_the_page_names_the_day_the_figures_were_read():
    assert re.search(rf"read on {READ}", PAGE.read_text(encoding="utf-8"))
