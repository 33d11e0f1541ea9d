"""What the search for personal data and secrets takes: as a ratio to a plain pass over the same texts, and as they grow.

The plain pass is `len(text)` and one search with a regular expression that finds nothing and looks at each word. Texts are 2,000
messages of about 1 kB: prose without a digit, prose with numbers in it, and such prose with an address and a key at the end.
Goals: prose at most 3 times the plain pass, prose with numbers at most 12 times; a text four times as long takes at most 4.8
times as long, also one that is made to make patterns go back.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
from collections.abc import Callable

from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.finetune import RactoDataset
from racto_nb.finetune.privacy.scanning import CERTAIN, scan

ROUNDS = 5
MESSAGES, LENGTH = 2_000, 1_000
GOALS = {"prose": 3.0, "with numbers": 12.0, "with finds": 18.0}
GROWTH = 4.8
SENTENCE = "an index keeps the rows sorted so that queries find them without reading every page of what was written before"
WORDS = SENTENCE.split()
NUMBERS = ["1985", "12.50", "3,000", "2024-01-02", "10:30", "42"]
UNITS = ("1 ", "a@", "eyJaaaaaaaa.", "password=", "Aa 1 ", "+1", "://a:", "a-", "1:")
PLAIN = re.compile(r"\bzzzq\w+")


def messages(*extra: str, share: float = 0.08, end: str = "") -> list[str]:
    """Messages of words, the same on every run; `share` of the words are of `extra`."""
    chance = random.Random(7)
    made: list[str] = []
    for _ in range(MESSAGES):
        words = [chance.choice(extra) if extra and chance.random() < share else chance.choice(WORDS) for _ in range(LENGTH // 6)]
        made.append(" ".join(words) + end)
    return made


def plain(texts: list[str]) -> int:
    """What a pass over the texts takes that finds nothing."""
    return sum(len(text) for text in texts if PLAIN.search(text) is None)


def found(texts: list[str]) -> int:
    """How many finds there are."""
    return sum(len(scan(text, CERTAIN)) for text in texts)


def compared(name: str, texts: list[str]) -> bool:
    """Print the search beside the plain pass; whether its goal was missed."""
    figures = in_turns({"plain": lambda: plain(texts), "search": lambda: found(texts)}, rounds=ROUNDS)
    times, rate = ratio(figures["search"], figures["plain"]), sum(map(len, texts)) / 1e6 / statistics.median(figures["search"])
    missed = figure(f"{name}: search, to a plain pass", times, at_most=GOALS[name], told=f"{rate:.1f} MB/s")
    print(f"{name:16}{rate:8.1f} MB/s {times:8.2f} plain passes (goal {GOALS[name]:.1f}){'  missed' * missed}")
    return missed


def grown() -> bool:
    """Print how the time grows with a text of one thing; whether it grows too fast."""
    missed = False
    for unit in UNITS:
        short, long = (unit * (size // len(unit)) + "!" for size in (50_000, 200_000))
        figures = in_turns({"short": lambda text=short: scan(text), "long": lambda text=long: scan(text)}, rounds=ROUNDS)
        times = ratio(figures["long"], figures["short"])
        print(f"{unit!r:16}{200 / 1e3 / statistics.median(figures['long']):8.1f} MB/s {times:8.2f} for 4 times as much")
        missed |= figure(f"text of {unit!r}: 4 times as long", times, at_most=GROWTH)
    return missed


def redacting(texts: list[str]) -> None:
    """Print what a whole dataset takes."""
    data = RactoDataset.from_pairs([(text, "Thanks.") for text in texts])
    work: dict[str, Callable[[], object]] = {"redact": data.redact, "search": lambda: found(texts)}
    figures = in_turns(work, rounds=3)
    times = ratio(figures["redact"], figures["search"])
    figure(f"redact() of {len(data):,} examples, to the search alone", times)
    print(f"redact() of {len(data):,} examples: {times:.2f} times the search alone")


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    finds = messages(*NUMBERS, end=" ann@example.org sk-ant-api03-abcdefghijklmnop")
    kinds = {"prose": messages(), "with numbers": messages(*NUMBERS), "with finds": finds}
    missed = [*(compared(name, texts) for name, texts in kinds.items()), grown()]
    redacting(finds)
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
