"""Whether what is stored can be shown: `python -m reporting.check`. A line for each thing that is not as it should be.

A quick look, or a part of a benchmark, where all of it belongs; a benchmark or a run of the gate that is not stored; a goal that
is missed without a reason, and a reason that is not needed; a page or a table of the README that is not that of the results. The
exit code is 1 where there is a line. Libraries that were not there are told besides, and do not count.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from reporting import gate
from reporting.page import Reasons, written
from reporting.readme import BEGIN, END, README, rewritten
from reporting.running import GATE, Result, names, stored
from reporting.write import PAGE, reasons, surplus


def partial_ones(results: Mapping[str, Result]) -> list[str]:
    """What was asked for in part."""
    parts = [f"{name}: a part, {' '.join(found['arguments'])}" for name, found in results.items() if found["arguments"]]
    return parts + [
        f"{name}: a quick look, of {found['most_rounds']} rounds at most"
        for name, found in results.items()
        if found["most_rounds"]
    ]


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
    lines = [*missing(results, stored(GATE)), *partial_ones(results), *unexplained(results, known), *unwritten(results, known)]
    for line in lines:
        print(line)
    for name, found in results.items():
        for each in dict.fromkeys(each["absent"] for each in found["absent"]):
            print(f"({name}: {each} was not measured)")
    print(f"{len(results)} results, {len(lines)} things to mend")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
