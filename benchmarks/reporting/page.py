"""The page of figures, written from the stored results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from contenders.telling import short

from reporting.running import Result, about

Reasons = Mapping[str, Mapping[str, str]]
"""Why a goal is missed: by benchmark, then by figure."""

TOP = """# Benchmarks

This page is written by `make bench-page` from `benchmarks/results/`; what is changed by hand here is lost.

Nearly all figures are ratios: two sides do the same work in turns on one machine, and the median over the rounds of each round's
ratio counts. "To the SDK" means: our time divided by the time of the vendor's SDK. Times are processor time of the process unless
a line says wall time. A goal is set before it is measured, and stands also where it is missed.

"4 µs beside 2 µs" are the medians of the two sides, and what one of them is of the other need not be the ratio in the same row:
rounds in which the machine was busier for one side move the two ratios differently. The ratio of the rounds is held to the goal;
where the two differ by more than 15 %, `make bench-check` names the row."""

LIMITS = """## What the figures do not say

* A ratio moves little with the machine, an absolute figure a lot. Read those beside ratios as an order of size.
* A server of canned replies on this machine answers at once. Beside a real model, which takes seconds, the cost of any library
  is small; it counts where many calls share a core.
* Vectors, prose and training data are made by chance, the same on every run. Others will give other figures.
* Other libraries do other things besides, which are worth their time to those who need them. What is asked of all is the same;
  what each does more is not counted.
* Peers run in processes of their own: a ratio between two processes is less exact than one within one, by 10 % or so.
* Pages are drawn by software, without a graphics card."""


def written(results: Mapping[str, Result], reasons: Reasons) -> str:
    """The whole page."""
    peers = [result for result in results.values() if result["beside"]]
    own = {name: result for name, result in results.items() if result["figures"] or result["absent"]}
    parts = [TOP, *_machines(results.values()), _glance(results)]
    parts += [part for result in peers for part in _beside(result)]
    parts += ["## Each benchmark"]
    parts += [_one(name, result, reasons.get(name, {})) for name, result in own.items() if not result["beside"]]
    return "\n\n".join([*parts, again(results), LIMITS]) + "\n"


def again(results: Mapping[str, Result]) -> str:
    """How to measure all of it once more."""
    seconds = sum(result["seconds"] for result in results.values())
    return f"""## Once more

```sh
make bench-page                        # all of it, and this page: {seconds / 60:.0f} minutes when it was last done
make bench-page ONLY="flows chunking"  # some, the others as they are stored
make bench                             # figures on the screen, nothing is stored
make bench-check                       # is all of it stored, whole, and explained?
make gate                              # what is quick, beside what is stored of the same: fails where it has become worse
```

Some need the shared material (`RACTO_SHARED` names its folder), Chromium, or the embedded model, which is fetched once.
Peers are installed from the package index into `build/peers/`."""


def _machines(results: Iterable[Result]) -> list[str]:
    """Where it was measured: most often one machine."""
    keys = ("processor", "cores", "memory_gb", "system", "python")
    seen: dict[tuple[object, ...], list[Result]] = {}
    for result in results:
        seen.setdefault(tuple(result["machine"][key] for key in keys), []).append(result)
    parts = ["## The machine"]
    for (processor, cores, memory, system, python), here in seen.items():
        days = sorted({result["machine"]["day"] for result in here})
        loads = [result["machine"]["load_before"] for result in here]
        when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        names = "" if len(seen) == 1 else " (" + ", ".join(f"`{result['benchmark']}`" for result in here) + ")"
        parts.append(
            f"{processor}, {cores} cores, {memory} GB, {system}, Python {python}; {when}{names}. "
            f"Other work before a benchmark began (load of one minute): {min(loads)} to {max(loads)}."
        )
        versions: dict[str, str] = {}
        for result in here:
            versions |= result["machine"]["versions"]
        parts.append("Versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()) + ".")
    return parts


def _glance(results: Mapping[str, Result]) -> str:
    rows = []
    for name, result in results.items():
        judged = [each for each in result["figures"] if _goal(each)]
        met = sum(not each["missed"] for each in judged)
        goals = f"{met} of {len(judged)}" if judged else "none set"
        rows.append((f"`{name}`", _first(about(name)), goals, f"{result['seconds']:,.0f}"))
    return "## At a glance\n\n" + table(("benchmark", "what it measures", "goals met", "seconds it takes"), rows)


def _first(text: str) -> str:
    """The first sentence, which ends a line of a docstring with a point or a colon's list."""
    return " ".join(text.split("\n\n", maxsplit=1)[0].split())


def _beside(result: Result) -> list[str]:
    """A table for each job that other libraries do too."""
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    parts = ["## Beside other libraries", _paragraphs(about(result["benchmark"])), f"Versions: {versions}."]
    parts += [asked] if (asked := _asked(result)) else []
    jobs: dict[str, list[Mapping[str, object]]] = {}
    for line in result["beside"]:
        jobs.setdefault(line["job"], []).append(line)
    for job, lines in jobs.items():
        rows = [
            (str(each["library"]), f"{short(each['value'])} {each['unit']}", short(each["to_ours"]), str(each["told"]))
            for each in lines
        ]
        parts.append(f"### {job[0].upper()}{job[1:]}\n\n" + table(("library", "it takes", "times ours", ""), rows))
    return [*parts, *_absent(result)]


def _one(name: str, result: Result, reasons: Mapping[str, str]) -> str:
    rows = [
        (each["name"], _value(each), _goal(each) or "—", _verdict(each), each["told"])
        for each in result["figures"]
    ]  # fmt: skip
    parts = [f"### {name}", _paragraphs(about(name)), table(("figure", "measured", "goal", "", "of what"), rows)] if rows else [
        f"### {name}", _paragraphs(about(name))
    ]  # fmt: skip
    missed = [each["name"] for each in result["figures"] if each["missed"]]
    if asked := _asked(result):
        parts.insert(2, asked)
    if missed:
        lines = [f"* {one}: {reasons.get(one, 'no reason is written down yet.')}" for one in missed]
        parts.append("Missed:\n\n" + "\n".join(lines))
    return "\n\n".join([*parts, *_absent(result)])


def _asked(result: Result) -> str:
    """What was left out of a whole run."""
    part = f"A part: `{' '.join(result['arguments'])}`." if result["arguments"] else ""
    quick = f"A quick look; the most rounds were {result['most_rounds']}." if result["most_rounds"] else ""
    return " ".join(filter(None, (part, quick)))


def _absent(result: Result) -> list[str]:
    known = {each["absent"]: each["reason"] for each in result["absent"]}
    return ["Not measured:\n\n" + "\n".join(f"* {_cell(what)}: {_cell(why)}" for what, why in known.items())] if known else []


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _value(each: Mapping[str, object]) -> str:
    unit = each["unit"]
    return short(each["value"]) + ("" if unit == "share" else f" {unit}")


def _goal(each: Mapping[str, object]) -> str:
    most, least = each["at_most"], each["at_least"]
    if most is not None and least is not None:
        return short(most) if most == least else f"{short(least)} to {short(most)}"
    return f"at most {short(most)}" if most is not None else f"at least {short(least)}" if least is not None else ""


def _verdict(each: Mapping[str, object]) -> str:
    return ("missed" if each["missed"] else "met") if _goal(each) else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *([_cell(each) for each in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
