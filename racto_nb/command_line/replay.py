"""`racto-nb replay`: look at recordings, prune them, compare two, and take secrets out of one."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import ReplayFileError, UsageError
from racto_nb.replay.file import entries_of, rewrite
from racto_nb.replay.scrubbing import Clean
from racto_nb.replay.tidying import cleaned, differing, named, newest, places_in, pruned

REMOVED = "[removed]"


def run_replay(parsed: argparse.Namespace) -> int:
    """Carry out one action and return the exit code."""
    match parsed.action:
        case "list":
            return _list(parsed.file)
        case "prune":
            return _prune(parsed.file, parsed.used)
        case "scrub":
            return _scrub(parsed.file, _cleaner(parsed.texts, parsed.pattern))
        case _:
            return _diff(parsed.file, parsed.other)


def _list(file: Path) -> int:
    for entry in newest(entries_of(file)).values():
        _say(named(entry))
    return 0


def _prune(file: Path, notes: Path | None) -> int:
    entries = entries_of(file)
    kept = pruned(entries, None if notes is None else _used(notes))
    if len(kept) < len(entries):
        rewrite(file, kept)
    _say(f"{file}: {len(entries) - len(kept)} of {len(entries)} interactions dropped, {len(kept)} kept.")
    return 0


def _used(notes: Path) -> set[tuple[str, int]]:
    try:
        return places_in(notes.read_text(encoding="utf-8"))
    except ValueError:
        message = f"{str(notes)!r} holds no notes of a run: a key and a number in each line. Nothing was dropped."
        raise ReplayFileError(message) from None


def _scrub(file: Path, clean: Clean) -> int:
    entries = entries_of(file)
    kept, count = cleaned(entries, clean)
    if count:
        rewrite(file, kept)
    _say(f"{file}: {count} of {len(entries)} interactions held some of it; {'it is taken out' if count else 'none was changed'}.")
    return 0


def _diff(old: Path, new: Path) -> int:
    found = differing(entries_of(old), entries_of(new))
    for difference in found:
        _say(f"{difference.what:<8} {difference.name}")
        for how in difference.how:
            _say(f"         {how}")
    if not found:
        _say("The same was asked, and the same was answered.")
    return 1 if found else 0


def _cleaner(texts: list[str], patterns: list[str]) -> Clean:
    if "" in texts or "" in patterns:
        raise UsageError("An empty text is everywhere: say what is to be taken out.")
    try:
        compiled = [re.compile(pattern) for pattern in patterns]
    except re.error as error:
        message = f"--pattern {error.pattern!r} is no regular expression: {error}."
        raise UsageError(message) from None
    secrets = Secrets.of(os.environ)

    def clean(text: str) -> str:
        text = secrets.cleaned(text)
        for wanted in texts:
            text = text.replace(wanted, REMOVED)
        for pattern in compiled:
            text = pattern.sub(REMOVED, text)
        return text

    return clean


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
