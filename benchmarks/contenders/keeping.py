"""By how many kilobytes this process grows when it keeps all chunks of a stream: `python -m contenders.keeping API SIDE URL`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from contenders.served import CONFIG, CONTENDERS, Contender


def kilobytes() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def streams(contender: Contender, side: str, url: str) -> Callable[[], Iterable[object]]:
    """What begins a stream on that side: "ours" or "sdk"."""
    if side == "ours":
        kit = contender.kit(url)
        return lambda: kit.stream(CONFIG)
    client = contender.client(url)
    return lambda: contender.stream(client)


def main(name: str, side: str, url: str) -> None:
    contender = next(known for known in CONTENDERS if known.name == name)
    begun = streams(contender, side, url)
    for chunk in begun():
        if chunk is not None:
            break
    before = kilobytes()
    kept = list(begun())
    print(kilobytes() - before if kept else "nothing came")


if __name__ == "__main__":
    main(*sys.argv[1:])
