"""The table of the README that sets ours beside other libraries, written from the stored results."""

from __future__ import annotations

from textwrap import fill

from contenders.telling import short

from reporting.page import table
from reporting.running import BENCHMARKS, Result

README = BENCHMARKS.parent / "README.md"
BEGIN, END = "<!-- beside others: written by make bench-page -->\n", "<!-- end -->\n"
OURS = "racto_nb"
WIDTH = 140
SHOWN = {
    "a call, one after the other": "a call",
    "a call, 32 at once": "32 calls at once, each",
    "a call whose answer is an object": "an object for an answer",
    "a chunk of a stream of 2,000": "a streamed chunk",
    "a new process until its first answer": "a new process until its first answer",
    "200 kB of prose in chunks of 512 characters": "200 kB of prose in chunks",
    "the 10 nearest of 10,000 vectors of 384 numbers, with texts": "the 10 nearest of 10,000 vectors, with texts",
}
"""The jobs that a reader of the README sees, and how they are called there."""
LESS = {
    (
        "FAISS, flat",
        "the 10 nearest of 10,000 vectors of 384 numbers, with texts",
    ): "keeps vectors alone, its texts lie in a list",
    (
        "Chroma",
        "the 10 nearest of 10,000 vectors of 384 numbers, with texts",
    ): "looks in a graph, which may miss some, where others look at every row",
    ("Chonkie", "200 kB of prose in chunks of 512 characters"): "its chunks do not overlap",
    ("Instructor", "a new process until its first answer"): "its answer is an object",
}
"""What a library does less, or otherwise, than those beside it in a job: notes below the table, for those that are in it."""


def section(result: Result) -> str:
    """The table: what a job takes ours, and how many times that it takes the others, the quickest first."""
    jobs: dict[str, list[tuple[float, str, str]]] = {}
    ours: dict[str, str] = {}
    for line in result["beside"]:
        if line["library"] == OURS:
            ours[line["job"]] = f"{short(line['value'])} {line['unit']}"
        else:
            jobs.setdefault(line["job"], []).append((line["to_ours"], line["library"], short(line["to_ours"])))
    shown = {job: sorted(jobs[job]) for job in SHOWN if job in ours and job in jobs}
    noted = [(library, job) for job, others in shown.items() for _, library, _ in others if (library, job) in LESS]
    marks = {one: f"<sup>{number}</sup>" for number, one in enumerate(noted, 1)}
    rows = [
        (SHOWN[job], ours[job], " · ".join(f"{library}{marks.get((library, job), '')} {times}" for _, library, times in others))
        for job, others in shown.items()
    ]
    parts = [table(("processor time of", OURS, "others, times ours"), rows)]
    if noted:
        parts += [fill(". ".join(f"{marks[one]} {LESS[one]}" for one in noted) + ".", WIDTH)]
    return "\n\n".join(parts) + "\n"


def rewritten(readme: str, result: Result) -> str:
    """`readme` with this table in the place of the one before."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        message = f"README.md has no place for the table: {BEGIN.strip()} … {END.strip()}"
        raise ValueError(message)
    return f"{before}{BEGIN}{section(result)}{END}{after}"
