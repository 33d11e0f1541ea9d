"""What finding what is alike among training examples costs, beside a bare hash of each and libraries for near duplicates.

Processor time in one process, in turns; the median over the rounds of each round's ratio counts. 100,000 questions of some 12
words (by a skewed law, one of twenty a near copy, one of fifty the same in capitals). The libraries are given the runs of four
characters, 128 permutations and the same threshold; what they find is not measured exactly afterwards, ours is. They are said to
be not measured where they are not installed (`pip install datasketch rensa`). datasketch gets a tenth of the questions.

Measured beside other work on a machine with two cores, at 20,000: near pairs 0.62 s, 0.044 of datasketch (on 2,000) and 0.74 of
rensa, 9.9 times as long as a tenth; `near_duplicates` 1.4 s. At 100,000: `duplicates` 2.1 s, `near_duplicates` 8 s.

Goals: near duplicates at most 0.25 of datasketch; ten times the questions take at most 20 times as long (all pairs: 100 times).
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable
from importlib.util import find_spec

from contenders.telling import absent, figure
from contenders.timing import in_turns, processor_seconds, ratio

from racto_nb.finetune import RactoTrainingExample
from racto_nb.finetune.likeness import duplicates, leak_groups, leaks, near_duplicates
from racto_nb.finetune.likeness.normalising import Normal
from racto_nb.finetune.likeness.pairing import THRESHOLD, near_pairs, runs_of

COUNT, ROUNDS, PERMUTATIONS = 100_000, 3, 128
DATASKETCH_GOAL, GROWTH_GOAL = 0.25, 20.0


def questions(count: int) -> list[str]:
    """Questions of some 12 words, always the same."""
    draw = random.Random(12)
    letters = "aaabcdeeeefghiiklmnnooprrsstttuvw"
    words = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(20_000)]
    weights = [1 / (rank + 20) for rank in range(len(words))]
    drawn = draw.choices(words, weights, k=12 * count)
    texts = [" ".join(drawn[12 * place : 12 * (place + 1)]) for place in range(count)]
    for place in range(20, count, 20):
        texts[place] = texts[place - 7][:-2]
    for place in range(50, count, 50):
        texts[place + 1] = texts[place - 1].upper() + "!"
    return texts


def hashed(texts: list[str]) -> int:
    """The least that finding duplicates takes: how many different texts there are."""
    normal = Normal()
    return len({hash(normal(text)) for text in texts})


def by_datasketch(texts: list[str]) -> int:
    """How many texts datasketch finds to be near another one."""
    from datasketch import MinHash, MinHashLSH  # pyright: ignore[reportMissingImports]

    table = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    near = 0
    runs = [[run.encode() for run in runs_of(text)] for text in texts]
    for place, made in enumerate(MinHash.generator(runs, num_perm=PERMUTATIONS)):
        near += bool(table.query(made))
        table.insert(place, made)
    return near


def by_rensa(texts: list[str]) -> int:
    """How many texts rensa finds to be near another one."""
    from rensa import RMinHash, RMinHashLSH  # pyright: ignore[reportMissingImports]

    table = RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=16)
    near = 0
    for place, text in enumerate(texts):
        made = RMinHash(num_perm=PERMUTATIONS, seed=12)
        made.update(list(runs_of(text)))
        near += bool(table.query(made))
        table.insert(place, made)
    return near


def line(what: str, ours: Callable[[], object], theirs: Callable[[], object], goal: float | None = None) -> bool:
    """Print both sides and their ratio. Returns whether the goal is missed."""
    figures = in_turns({"ours": ours, "theirs": theirs}, rounds=ROUNDS)
    mine, other = (statistics.median(figures[side]) for side in ("ours", "theirs"))
    found = ratio(figures["ours"], figures["theirs"])
    is_missed = figure(what, found, at_most=goal, told=f"{mine:.2f} s beside {other:.2f} s")
    told = "" if goal is None else f" (goal {goal:g})" + "  missed" * is_missed
    print(f"  {what:<44} {mine:8.2f} s, beside {other:8.2f} s, ratio {found:.3g}{told}", flush=True)
    return is_missed


def main() -> int:
    """Measure, print the lines, and return 1 when a goal is missed."""
    texts = questions(COUNT)
    examples = [RactoTrainingExample.from_pair(text, f"label {place % 50}") for place, text in enumerate(texts)]
    some = texts[: COUNT // 10]
    print(f"{COUNT:,} examples of {sum(map(len, texts)) / COUNT:.0f} characters")
    line("duplicates, beside a hash of each question", lambda: duplicates(examples), lambda: hashed(texts))
    line("near_duplicates, beside a hash of each", lambda: near_duplicates(examples, of="prompt"), lambda: hashed(texts))
    missed = line("near pairs, beside those of a tenth", lambda: near_pairs(texts), lambda: near_pairs(some), GROWTH_GOAL)
    for name, work, given, goal in (("datasketch", by_datasketch, some, DATASKETCH_GOAL), ("rensa", by_rensa, texts, None)):
        if find_spec(name) is None:
            absent(name, "it is not installed")
            continue
        what = f"near pairs of {len(given):,}, beside {name}"
        missed |= line(what, lambda given=given: near_pairs(given), lambda work=work, given=given: work(given), goal)
    for what, work in (
        ("leak_groups", lambda: leak_groups(examples)),
        ("leaks of a tenth", lambda: leaks(examples[len(some) :], examples[: len(some)])),
    ):
        print(f"  {what:<44} {processor_seconds(work):8.2f} s", flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
