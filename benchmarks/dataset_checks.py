"""What the checks of training data take: processor time of `validate` beside reading the same examples with `json.loads`.

100,000 plain examples of about 1 kB, the same on every run. The rules of structure, tools, files, tokens and texts have a goal:
at most four times what the standard library takes to decode the lines of the file. A loop over all messages that only looks
whether each has a text is told beside it. What the rules on likeness, privacy and balance take is not measured here.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable

from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.finetune import RactoDataset

EXAMPLES, ROUNDS = 100_000, 3
GOAL = 4.0
WORDS = [f"{first}{last}" for first in ("ar", "bel", "cor", "dun", "el") for last in ("a", "ine", "ost", "um", "ure", "y")]


def material(count: int) -> RactoDataset:
    """`count` questions and answers, the same on every run."""
    chance = random.Random(7)

    def text(words: int) -> str:
        return " ".join(chance.choices(WORDS, k=words)).capitalize() + "."

    return RactoDataset.from_pairs([(text(80), text(100)) for _ in range(count)], system="You are a careful assistant.")


def lines_of(data: RactoDataset) -> list[str]:
    """The lines of the file that these examples come from."""
    return [
        json.dumps({"messages": [{"role": message.role, "content": message.content} for message in example.messages]})
        for example in data
    ]


def sides(data: RactoDataset) -> dict[str, Callable[[], object]]:
    """What is measured, each on the same examples."""
    lines = lines_of(data)
    return {
        "json.loads": lambda: [json.loads(line) for line in lines],
        "a look at each message": lambda: sum(not message.content for example in data for message in example.messages),
        "validate": lambda: data.validate("openai", ignore=["likeness", "privacy", "balance"]),
    }


def main() -> int:
    """Measure, print, and return 1 when the goal is missed."""
    figures = in_turns(sides(material(EXAMPLES)), rounds=ROUNDS)
    for name, seconds in figures.items():
        print(f"{name:24}{sorted(seconds)[len(seconds) // 2]:8.2f} s")
    times = ratio(figures["validate"], figures["json.loads"])
    missed = figure("validate, to json.loads", times, at_most=GOAL)
    print(f"validate to json.loads: {times:.2f} (goal {GOAL:.2f}){'  missed' * missed}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
