"""What a streamed chunk costs where it is recorded, and where it is replayed, beside one that passes: processor time, as ratios.

One server of this process sends a stream of many pieces. It is read as it comes, read and recorded into a new file, and replayed,
in turns; the median over the rounds of each round's ratio counts. The work of the server is in the first two. Goals: recording is
at most four times the bare call, nearly all of it after the last piece, and a replay at most as much as the call.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.models import ChatConfig
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.replay import record, replay
from racto_nb.testing import FakeProvider, FakeReply

CHUNKS = 2_000
ROUNDS = 5
RECORDING, REPLAYING = 4.0, 1.0
ASK = ChatConfig(user_message="Count.")


def figures() -> dict[str, list[float]]:
    """The seconds of each side in each round."""
    reply = FakeReply(tuple(f"word{number} " for number in range(CHUNKS)))
    with FakeProvider([reply], repeat_last=True) as server, tempfile.TemporaryDirectory() as folder:
        kit = OpenAIDeveloperKit(api_key="sk-1234567890", base_url=server.base_url("openai"))
        tape = Path(folder) / "tape.jsonl"

        def read() -> None:
            with closing(kit.stream(ASK)) as chunks:
                seen = sum(1 for _ in chunks)
            if seen != CHUNKS + 1:
                message = f"{seen} chunks in place of {CHUNKS + 1}"
                raise RuntimeError(message)

        def recorded() -> None:
            tape.unlink(missing_ok=True)
            with record(tape):
                read()

        def replayed() -> None:
            with replay(tape):
                read()

        with kit:
            return in_turns({"live": read, "recorded": recorded, "replayed": replayed}, rounds=ROUNDS)


def main() -> int:
    """Print the ratios; 1 where a goal is missed."""
    found = figures()
    missed = False
    for side, goal in (("recorded", RECORDING), ("replayed", REPLAYING)):
        times = ratio(found[side], found["live"])
        each = 1e6 * statistics.median(found[side]) / CHUNKS
        missed |= figure(f"{side}, to the live call", times, at_most=goal, told=f"{each:.1f} µs a chunk")
        print(f"{side:<9} {times:5.2f} of the live call (goal {goal}), {each:5.1f} µs a chunk")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
