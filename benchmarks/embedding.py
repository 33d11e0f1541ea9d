"""CPU time of `embed` with the embedded model, as a ratio to a bare session run on the same batches.

The bare run gets its batches already sorted, tokenised and padded, so everything racto_nb adds is counted against it. Paired:
both run in turn in one process, and the median of the per-round ratios counts. Goal: at least 0.9 of the bare rate.
"""

import random
import statistics
import sys
import time

import numpy as np
from contenders.telling import figure

from racto_nb import embedded_developer_kit as embedded
from racto_nb.providers.embedded.embedding import BATCH, MiniLM
from racto_nb.providers.embedded.registry import Registry

TEXTS = 64
ROUNDS = 7
GOAL = 0.90
WORDS = ["an", "index", "keeps", "the", "rows", "sorted", "so", "queries", "find", "them", "without", "reading", "every", "page"]


def texts() -> list[str]:
    """Sentences of 4 to 40 words, the same on every run."""
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(4, 40))) for _ in range(TEXTS)]


def main() -> int:
    """Measure, print, and return 1 when the goal is missed."""
    kit, sentences = embedded.Chat(), texts()
    config = embedded.EmbeddingConfig(texts=sentences)
    session = MiniLM(*Registry.standard().ensure("all-minilm-l6-v2").paths)
    ordered = sorted(sentences, key=len)
    feeds = [session.feed(ordered[start : start + BATCH])[0] for start in range(0, TEXTS, BATCH)]

    def ours() -> None:
        kit.embed(config)

    def bare() -> None:
        for feed in feeds:
            session.run(feed)

    ours(), bare()
    ratios, rates = [], []
    for _ in range(ROUNDS):
        spent = []
        for work in (bare, ours):
            began = time.process_time()
            work()
            spent.append(time.process_time() - began)
        ratios.append(spent[0] / spent[1])
        rates.append(TEXTS / spent[1])
    same = np.allclose([vector.embedding for vector in kit.embed(config).vectors], session.vectors(sentences)[0], atol=1e-6)
    ratio = statistics.median(ratios)
    print(f"embed: {statistics.median(rates):.0f} texts per CPU second; same vectors as a bare run: {same}")
    missed = figure("rate, to a bare session run", ratio, at_least=GOAL, told=f"{statistics.median(rates):.0f} texts a second")
    print(f"rate as a ratio to a bare session run: {ratio:.2f} (goal {GOAL:.2f})")
    return int(missed or not same)


if __name__ == "__main__":
    sys.exit(main())
