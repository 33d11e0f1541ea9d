"""Whether what is stored can be shown: `python -m reporting.check`. A line for each thing that is not as it should be.

A quick look, or a part of a benchmark, where all of it belongs; a benchmark or a run of the gate that is not stored; a goal that
is missed without a reason, and a reason that is not needed; a figure that is no number, and a name that two have; a page or a
table of the README that is not that of the results. The exit code is 1 where there is a line. Told besides, and not counted, are
libraries that were not there, and ratios that are far from the ratio of the medians told with them: its rounds were uneven.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from contenders.telling import TIMES, short

from reporting import gate
from reporting.page import Reasons, written
from reporting.readme import BEGIN, END, README, rewritten
from reporting.running import GATE, Result, broken, names, stored
from reporting.write import PAGE, reasons, surplus

BESIDE = re.compile(r"([\d.,]+) ([^\s,;]+)(?: an example)? beside ([\d.,]+) \2(?![^\s,;])")
"""Two medians of one unit."""
FAR = 1.15
"""By how many times the ratio that counts may differ from that of the medians before it is told."""


def uneven(results: Mapping[str, Result]) -> list[str]:
    """Ratios that are far from what the medians beside them give."""
    lines: list[str] = []
    for name, found in results.items():
        for each in found["figures"]:
            of_medians = _of_medians(each["told"]) if each["unit"] == TIMES and each["value"] else None
            if of_medians and not 1 / FAR <= of_medians / each["value"] <= FAR:
                lines.append(f"{name}: {each['name']}: {short(each['value'])} times, but {short(of_medians)} of {each['told']}")
    return lines


def _of_medians(told: str) -> float | None:
    """The ratio of "2 µs beside 1 µs"; of rates, that of the times they stand for. None where nothing of the kind is told."""
    if not (found := BESIDE.match(told)):
        return None
    left, unit, right = found[1], found[2], found[3]
    one, other = (float(text.rstrip(".").replace(",", "")) for text in (left, right))
    one, other = (other, one) if unit.endswith("/s") else (one, other)
    return one / other if one and other else None


def partial_ones(results: Mapping[str, Result]) -> list[str]:
    """What was asked for in part."""
    parts = [f"{name}: a part, {' '.join(found['arguments'])}" for name, found in results.items() if found["arguments"]]
    return parts + [
        f"{name}: a quick look, of {found['most_rounds']} rounds at most"
        for name, found in results.items()
        if found["most_rounds"]
    ]


def broken_ones(results: Mapping[str, Result]) -> list[str]:
    """Numbers that are none, and names that two figures have."""
    return [f"{name}: {line}" for name, found in results.items() for line in broken(found)]


def missing(results: Mapping[str, Result], of_gate: Mapping[str, Result]) -> list[str]:
    """What is not stored, or without a figure."""
    lines = [f"{name}: no result" for name in names() if name not in results]
    lines += [f"{name}: no figure" for name, found in results.items() if not (found["figures"] or found["beside"])]
    lines += [f"{name}: a result of no benchmark" for name in results if name not in names()]
    wishes = gate.table()["runs"]
    lines += [f"{name}: no result of the gate's own run" for name in wishes if name not in of_gate]
    lines += [
        f"{name}: the gate runs it otherwise" for name in of_gate if name in wishes and gate.unlike(of_gate[name], wishes[name])
    ]
    return lines + [f"{name}: a result that the gate does not compare" for name in of_gate if name not in wishes]


def unexplained(results: Mapping[str, Result], known: Reasons) -> list[str]:
    """Goals that are missed without a reason, and reasons without such a goal."""
    lines = [
        f"{name}: {each['name']}: missed without a reason"
        for name, found in results.items()
        for each in found["figures"]
        if each["missed"] and each["name"] not in known.get(name, {})
    ]
    figures = {(name, each["name"]) for name, found in results.items() for each in found["figures"]}
    lines += [
        f"{name}: {one}: a reason for no figure" for name, some in known.items() for one in some if (name, one) not in figures
    ]
    return lines + [f"{one}: a reason that is not needed" for one in surplus(results, known)]


def unwritten(results: Mapping[str, Result], known: Reasons) -> list[str]:
    """What is shown, and is not that of the results."""
    lines = [] if PAGE.read_text(encoding="utf-8") == written(results, known) else ["docs/benchmarks.md: not that of the results"]
    readme = README.read_text(encoding="utf-8")
    if "beside_peers" in results and readme != rewritten(readme, results["beside_peers"]):
        lines.append("README.md: its table is not that of the results")
    if readme.partition(BEGIN)[2].partition(END)[0].count("\n") < 3:
        lines.append("README.md: its table has no rows")
    return lines


def main() -> int:
    """Print the lines."""
    results, known = stored(), reasons()
    of_gate = stored(GATE)
    lines = [*missing(results, of_gate), *broken_ones(results)]
    lines += [f"{line}, in the gate's own run" for line in broken_ones(of_gate)]
    lines += [*partial_ones(results), *unexplained(results, known), *unwritten(results, known)]
    for line in lines:
        print(line)
    for name, found in results.items():
        for each in dict.fromkeys(each["absent"] for each in found["absent"]):
            print(f"({name}: {each} was not measured)")
    for line in uneven(results):
        print(f"({line})")
    print(f"{len(results)} results, {len(lines)} things to mend")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
