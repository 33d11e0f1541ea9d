"""What stands beside our files of training data: msgspec, plain json, polars, and ractogateway where it is installed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from contenders.caching import library

Work = Callable[[], object]


class Turn(msgspec.Struct):
    """A message as msgspec decodes it, typed."""

    role: str
    content: str


class Line(msgspec.Struct):
    """A record as msgspec decodes it, typed."""

    messages: list[Turn]


def records(count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Conversations of three turns and about 1 kB in JSON, the same on every run."""
    words = [f"w{chance.getrandbits(24):x}" for _ in range(5_000)]

    def turn(role: str, length: int) -> dict[str, str]:
        return {"role": role, "content": " ".join(chance.choices(words, k=length))}

    return [{"messages": [turn("system", 21), turn("user", 43), turn("assistant", 65)]} for _ in range(count)]


def loads(path: Path) -> dict[str, Work]:
    """A file of records into values."""
    import polars as pl

    typed, untyped = msgspec.json.Decoder(Line), msgspec.json.Decoder()

    def plain() -> object:
        with path.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    sides: dict[str, Work] = {
        "msgspec, typed": lambda: typed.decode_lines(path.read_bytes()),
        "msgspec, dicts": lambda: untyped.decode_lines(path.read_bytes()),
        "json": plain,
        "polars": lambda: pl.read_ndjson(path),
    }
    if (theirs := library("ractogateway.finetune")) is not None:
        sides["ractogateway"] = lambda: theirs.RactoDataset.from_jsonl(path)
    return sides


def exports(written: list[dict[str, Any]], path: Path, folder: Path) -> dict[str, Work]:
    """Records, as each side holds them, into a file."""
    import polars as pl

    encoder, out = msgspec.json.Encoder(), folder / "theirs.jsonl"
    structs = msgspec.json.Decoder(Line).decode_lines(path.read_bytes())
    frame = pl.read_ndjson(path)

    def plain() -> None:
        with out.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in written)

    sides: dict[str, Work] = {
        "msgspec": lambda: out.write_bytes(encoder.encode_lines(written)),
        "msgspec, structs": lambda: out.write_bytes(encoder.encode_lines(structs)),
        "json": plain,
        "polars": lambda: frame.write_ndjson(out),
    }
    if (theirs := library("ractogateway.finetune")) is not None:
        data = theirs.RactoDataset.from_jsonl(path)
        sides["ractogateway"] = lambda: data.export_jsonl(out, overwrite=True)
    return sides
