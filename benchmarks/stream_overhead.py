"""What a streamed chunk of the OpenAI and the Anthropic kit costs beside one of the raw SDK: processor time, memory, as ratios.

One server of canned replies, a process of its own, sends a stream in one burst; both sides read it to the end in turns. Goals:
at most 0.35 of the SDK's time a chunk, 20,000 chunks at most 1.10 times as dear each as 5,000, and at most half of the SDK's
memory for a list of 20,000 kept chunks. Memory is what a fresh process grows by.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import anthropic
import openai
from servers.running import canned_openai

from racto_nb import anthropic_developer_kit as claude
from racto_nb import openai_developer_kit as gpt

MODEL = "gpt-6-luna"
CLAUDE = "claude-opus-5-5"
CONFIG = gpt.ChatConfig(user_message="Say hello.")
TURNS = [{"role": "user", "content": "Say hello."}]
FEW, MANY = 5_000, 20_000
ROUNDS = 7
PROCESSES = 3
GOAL, GROWTH, MEMORY = 0.35, 1.10, 0.5
KEPT = """
import pathlib, sys
def kilobytes():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS"))
turns = [{"role": "user", "content": "Say hello."}]
if sys.argv[3] == "messages" and sys.argv[2] == "ours":
    from racto_nb import anthropic_developer_kit as claude
    kit = claude.Chat(api_key="k", base_url=sys.argv[1])
    make = lambda: kit.stream(claude.ChatConfig(user_message="Say hello."))
elif sys.argv[3] == "messages":
    import anthropic
    client = anthropic.Anthropic(api_key="k", base_url=sys.argv[1].removesuffix("/v1"))
    make = lambda: client.messages.create(model="claude-opus-5-5", max_tokens=4096, messages=turns, stream=True)
elif sys.argv[2] == "ours":
    from racto_nb import openai_developer_kit as gpt
    kit = gpt.Chat("gpt-6-luna", api_key="k", base_url=sys.argv[1], api=sys.argv[3])
    make = lambda: kit.stream(gpt.ChatConfig(user_message="Say hello."))
else:
    import openai
    client = openai.OpenAI(api_key="k", base_url=sys.argv[1])
    if sys.argv[3] == "chat":
        make = lambda: client.chat.completions.create(model="gpt-6-luna", messages=turns, stream=True)
    else:
        make = lambda: client.responses.create(model="gpt-6-luna", input=turns, stream=True)
next(iter(make()))
before = kilobytes()
kept = list(make())
print(kilobytes() - before)
"""


def processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def ours(url: str, api: str, count: int) -> Callable[[], int]:
    if api == "messages":
        return claudes(f"{url}/s{count}")
    kit = gpt.Chat(MODEL, api_key="k", base_url=f"{url}/s{count}/v1", api=api)
    return lambda: sum(bool(chunk.delta.text) for chunk in kit.stream(CONFIG))


def claudes(address: str) -> Callable[[], int]:
    kit = claude.Chat(CLAUDE, api_key="k", base_url=address)
    return lambda: sum(bool(chunk.delta.text) for chunk in kit.stream(CONFIG))


def anthropics(address: str) -> Callable[[], int]:
    client = anthropic.Anthropic(api_key="k", base_url=address)
    return lambda: sum(
        event.type == "content_block_delta"
        for event in client.messages.create(model=CLAUDE, max_tokens=4096, messages=TURNS, stream=True)
    )


def theirs(url: str, api: str, count: int) -> Callable[[], int]:
    if api == "messages":
        return anthropics(f"{url}/s{count}")
    client = openai.OpenAI(api_key="k", base_url=f"{url}/s{count}/v1")
    if api == "responses":
        return lambda: sum(
            event.type == "response.output_text.delta"
            for event in client.responses.create(model=MODEL, input=TURNS, stream=True, store=False)
        )
    return lambda: sum(
        bool(chunk.choices and chunk.choices[0].delta.content)
        for chunk in client.chat.completions.create(
            model=MODEL, messages=TURNS, stream=True, stream_options={"include_usage": True}
        )
    )


def a_chunk(read: Callable[[], int], count: int) -> float:
    """Microseconds for one chunk."""
    seen = 0

    def work() -> None:
        nonlocal seen
        seen = read()

    seconds = processor_seconds(work)
    if seen != count:
        message = f"{seen} chunks with text in place of {count}"
        raise RuntimeError(message)
    return seconds / count * 1e6


def measured(url: str, api: str) -> bool:
    """Print the figures for one API; whether a goal was missed."""
    sides = {(who, count): who(url, api, count) for who in (ours, theirs) for count in (FEW, MANY)}
    for read in sides.values():
        read()
    rounds = [{side: a_chunk(read, side[1]) for side, read in sides.items()} for _ in range(ROUNDS)]
    mine, other = (statistics.median(one[who, MANY] for one in rounds) for who in (ours, theirs))
    ratio = statistics.median(one[ours, MANY] / one[theirs, MANY] for one in rounds)
    growth = statistics.median(one[ours, MANY] / one[ours, FEW] for one in rounds)
    memory = [kept(url, who, api) for who in ("ours", "sdk")]
    print(f"{api:>10}: {mine:6.1f} µs a chunk, the SDK {other:6.1f} µs, {ratio:5.3f} times (goal {GOAL:.2f})")
    print(f"{'':>10}  {MANY:,} against {FEW:,} chunks: {growth:5.2f} times each (goal {GROWTH:.2f})")
    print(f"{'':>10}  {MANY:,} kept chunks: {memory[0] / 1024:.1f} MB, the SDK {memory[1] / 1024:.1f} MB,", end=" ")
    print(f"{memory[0] / memory[1]:5.2f} times (goal {MEMORY:.2f})")
    return ratio > GOAL or growth > GROWTH or memory[0] / memory[1] > MEMORY


def kept(url: str, who: str, api: str) -> float:
    """Kilobytes by which a fresh process grows when it keeps all chunks: the median over several."""
    address = f"{url}/s{MANY}/v1"
    sizes = [
        int(subprocess.run([sys.executable, "-c", KEPT, address, who, api], check=True, capture_output=True, text=True).stdout)
        for _ in range(PROCESSES)
    ]
    return statistics.median(sizes)


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    with canned_openai() as url:
        missed = [measured(url, api) for api in ("responses", "chat", "messages")]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
