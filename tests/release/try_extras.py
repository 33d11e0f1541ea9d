"""`make extras`: install each extra alone and use it, and say how long that took and what it weighs."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from release.building import build
from release.extras_table import EXTRAS
from release.trying import Tried, table_of, try_extra


def main(names: list[str]) -> int:
    """Try `names`, or all; the exit code is 1 where one of them does not stand alone."""
    wrong: list[str] = []
    tried: list[tuple[str, Tried]] = []
    with tempfile.TemporaryDirectory(prefix="racto-extras-") as place:
        (wheel,) = build(Path(place, "wheel"), "wheel")
        for name in ["", *(names or sorted(filter(None, EXTRAS)))]:
            sys.stderr.write(f"{name or '(core)'} …\n")
            try:
                tried.append((name, try_extra(name, wheel, Path(place, name or "core"))))
            except AssertionError as error:
                wrong.append(name)
                sys.stderr.write(f"{error}\n")
    sys.stdout.write(table_of(tried, dict(tried).get("", Tried(0, 0, 0))) + "\n")
    sys.stdout.write(f"{len(tried)} stand alone, {len(wrong)} do not{': ' + ', '.join(wrong) if wrong else ''}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
