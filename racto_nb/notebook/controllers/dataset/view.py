"""What a page is sent of a dataset, and what is saved of it. Pure."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from racto_nb.finetune.checking.table import RULES
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.formats.format import FORMATS
from racto_nb.finetune.likeness.results import Leak
from racto_nb.finetune.messages import Attachment, RactoTrainingMessage
from racto_nb.notebook.controllers.dataset.state import (
    REDACTED,
    Both,
    Checks,
    DatasetState,
    Leaking,
    Lengths,
    Log,
    Opened,
    RuleCount,
    Saving,
    Sheet,
)
from racto_nb.notebook.controllers.dataset.turns import ROLES, SIDES
from racto_nb.notebook.controllers.once import once
from racto_nb.notebook.display.sanitising import marked_text, printable, safe_text
from racto_nb.notebook.display.training import first_examples
from racto_nb.prompts.files import RactoFile

LARGEST_PICTURE = 500_000
"""Bytes of a picture that is shown."""
_LISTED = 200
"""Leaks that are listed."""
_MENDED = frozenset({rule.name for rule in RULES if rule.when_named} | set(REDACTED))
"""Rules whose finds may be meant, and are mended where a person says so."""


def view(state: DatasetState) -> dict[str, Any]:
    """The parts. Those of what has not changed are the same objects as before."""
    return {
        "sheet": {**_sheet(state.sheet), "row": -1 if state.opened is None else state.opened.row},
        "opened": {} if state.opened is None else _opened(state.opened),
        "pictures": {} if state.opened is None else _pictures(state.opened),
        "checks": _checks(state.checks),
        "lengths": {} if state.lengths is None else _lengths(state.lengths),
        "leaking": _leaking(state.leaking),
        "edits": {**_log(state.log), "who": state.who, "why": state.why},
        "saving": _saving(state.saving),
        "status": _status(state),
    }


@once
def _sheet(sheet: Sheet) -> dict[str, Any]:
    fields = ("count", "shown", "shape", "fresh", "seek", "where", "busy", "told", "narrowed")
    return {name: getattr(sheet, name) for name in fields}


@once
def _opened(opened: Opened) -> dict[str, Any]:
    example = opened.example
    turns = list(_turns(example, opened.found))
    origin = example.provenance
    return {
        "key": opened.key,
        "place": opened.place,
        "turns": turns,
        "found": [_finding(each) for each in opened.found if each.message is None or each.message >= len(turns)],
        "pair": bool(example.preferred or example.rejected),
        "can_pair": bool(example.messages) and example.messages[-1].role == "assistant",
        "tags": [[printable(str(name)), printable(str(value))] for name, value in (example.tags or {}).items()],
        "tools": [printable(f"{tool.name}: {tool.description}"[:300]) for tool in example.tools],
        "reference": "" if example.reference is None else printable(repr(example.reference)[:2_000]),
        "origin": "" if origin is None else printable(" · ".join(filter(None, map(str, _origin(origin)))))[:500],
    }


def _origin(origin: Any) -> Iterator[object]:
    yield from (getattr(origin, name) for name in ("source", "reference", "model", "made", "note"))


def _turns(example: RactoTrainingExample, found: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    number = 0
    for side in SIDES:
        turns: Sequence[RactoTrainingMessage] = getattr(example, side)
        for at, turn in enumerate(turns):
            about = [_finding(each) for each in found if each.message == number]
            ends = {"first": at == 0, "last": at == len(turns) - 1}
            yield {"n": number, "side": side, "found": about, **ends, **_turn(turn)}
            number += 1


def _turn(turn: RactoTrainingMessage) -> dict[str, Any]:
    text, editable = _text(turn.content)
    role = turn.role if isinstance(turn.role, str) else str(turn.role)  # pyright: ignore[reportUnnecessaryIsInstance]
    return {
        "role": printable(role),
        "roles": list(ROLES) if role in ROLES else [printable(role), *ROLES],
        "text": text,
        "editable": editable,
        "files": [_file(each) for each in turn.attachments],
        "calls": [printable(f"{call.name}({call.arguments})"[:4_000]) for call in turn.tool_calls],
        "answers": printable(turn.tool_call_id or ""),
        "name": printable(str(turn.name or "")),
        "learnt": turn.weight != 0,
        "mixed": bool(turn.parts),
    }


def _text(content: object) -> tuple[str, bool]:
    """A text as it is edited, and whether it can be: what no page can be sent is shown and left alone."""
    if not isinstance(content, str):
        return f"({type(content).__name__}, no text)", True
    try:
        content.encode()
    except UnicodeEncodeError:
        return printable(content), False
    return content, "\r" not in content and "\0" not in content


def _file(file: Attachment) -> dict[str, Any]:
    if not isinstance(file, RactoFile):
        return {"label": printable(file.uri)[:500], "about": printable(file.mime_type or "an address"), "picture": ""}
    shown = file.is_image and len(file.data) <= LARGEST_PICTURE
    return {
        "label": printable(file.name) or "(no name)",
        "about": f"{printable(file.mime_type)}, {len(file.data):,} bytes",
        "picture": _digest(file) if shown else "",
    }


@once
def _pictures(opened: Opened) -> dict[str, str]:
    """The pictures of the open example by what the turns call them."""
    files = [file for turn in opened.example.turns() for file in turn.attachments if isinstance(file, RactoFile)]
    return {_digest(file): _data_url(file) for file in files if file.is_image and len(file.data) <= LARGEST_PICTURE}


def _digest(file: RactoFile) -> str:
    return hashlib.blake2b(file.data, digest_size=8).hexdigest()


def _data_url(file: RactoFile) -> str:
    return f"data:{file.media_type};base64,{base64.b64encode(file.data).decode()}"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "says": printable(finding.says),
        "fix": printable(finding.fix),
        "fixable": finding.fixable or finding.rule in _MENDED,
        "shown": printable(finding.shown),
    }


@once
def _checks(checks: Checks) -> dict[str, Any]:
    rules = [_rule(each) for each in checks.rules]
    return {
        "provider": checks.provider,
        "providers": list(FORMATS),
        "state": checks.state,
        "summary": checks.summary,
        "rules": rules,
    }


def _rule(rule: RuleCount) -> dict[str, Any]:
    fixable = rule.count if rule.first.rule in _MENDED else rule.fixable
    return {**_finding(rule.first), "count": rule.count, "fixable": fixable, "places": list(rule.places)}


@once
def _lengths(lengths: Lengths) -> dict[str, Any]:
    return {"edges": list(lengths.edges), "counts": list(lengths.counts), "line": lengths.line, "limit": lengths.limit}


@once
def _leaking(leaking: Leaking) -> dict[str, Any]:
    return {
        "validation": leaking.validation,
        "state": leaking.state,
        "count": len(leaking.leaks),
        "leaks": list(map(_leak, leaking.leaks[:_LISTED])),
        "both": {} if leaking.both is None else _both(leaking.both),
    }


def _leak(leak: Leak) -> list[object]:
    return [leak.kind, leak.validation, leak.train, f"{leak.share:.0%}", printable(leak.shown)]


def _both(both: Both) -> dict[str, Any]:
    """The two examples with what they share marked, as clean HTML."""
    spans = both.leak.spans
    ours: dict[int, list[tuple[int, int]]] = {}
    theirs: dict[int, list[tuple[int, int]]] = {}
    for span in spans:
        ours.setdefault(span.message, []).append((span.start, span.end))
        theirs.setdefault(span.train_message, []).append((span.train_start, span.train_end))
    return {
        "says": printable(str(both.leak)),
        "train": both.leak.train,
        "validation": both.leak.validation,
        "sides": [_read(both.validation, ours), _read(both.train, theirs)],
    }


def _read(example: RactoTrainingExample, marks: Mapping[int, list[tuple[int, int]]]) -> list[list[str]]:
    texts = [turn.content if isinstance(turn.content, str) else "" for turn in example.turns()]  # pyright: ignore[reportUnnecessaryIsInstance]
    html = [marked_text(text, marks[place]) if place in marks else safe_text(text) for place, text in enumerate(texts)]
    return [[printable(str(turn.role)), text] for turn, text in zip(example.turns(), html, strict=True)]


@once
def _log(log: Log) -> dict[str, Any]:
    edits = list(map(_edit, log.edits))
    told = {name: printable(getattr(log, name)) for name in ("undo", "redo", "diff")}
    return {"edits": edits, "count": log.count, **told}


def _edit(edit: tuple[str, ...]) -> list[str]:
    return list(map(printable, edit))


@once
def _saving(saving: Saving) -> dict[str, Any]:
    fields = ("path", "beside", "notice", "done")
    told = {name: printable(getattr(saving, name)) for name in fields}
    return {**told, "unsaved": saving.unsaved, "exists": saving.exists, "forms": list(FORMATS)}


def _status(state: DatasetState) -> str:
    if state.sheet.busy:
        return "Searching …"
    if state.checks.state == "running" or state.leaking.state == "running":
        return "Checking …"
    last = state.log.edits[0][2] if state.log.edits else ""
    return f"{state.sheet.shown:,} of {state.sheet.count:,} examples. Last edit: {printable(last)}" if last else ""


def twin(state: DatasetState) -> dict[str, str]:
    """The first examples, and what was done and found, as it stands in a saved notebook."""
    lines = [f"{state.title} · {state.log.count:,} edits" if state.log.count else state.title]
    lines += [f"checked for {state.checks.provider}: {state.checks.summary}"] if state.checks.summary else []
    if state.saving.unsaved and state.saving.path:
        count = "1 edit is" if state.saving.unsaved == 1 else f"{state.saving.unsaved:,} edits are"
        lines.append(f"{count} not in {state.saving.path} yet")
    lines += [printable(state.saving.notice)] if state.saving.notice else []
    return first_examples(state.first, state.sheet.count, " · ".join(lines))
