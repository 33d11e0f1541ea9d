"""What a call of the OpenAI kit costs beside the same call of the raw SDK: processor time of this process, as a ratio.

Both ask one server of canned replies, a process of its own, over kept connections, in turns; the median over the rounds of each
round's ratio counts. Goals: `chat` at most 1.10 of the SDK's typed call, `achat` with 32 at once at most 1.15, importing and
opening the first kit at most 1.10 of importing the SDK and opening its client, and one client for 1,000 calls.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import openai
from servers.running import canned_openai

from racto_nb import openai_developer_kit as gpt

MODEL = "gpt-6-luna"
SYSTEM = "You are a careful assistant."
QUESTION = "Say hello to the world in a friendly way."
TURNS = [{"role": "developer", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
CONFIG = gpt.ChatConfig(user_message=QUESTION, history=[gpt.Message(role="system", content=SYSTEM)])
AT_ONCE = 32
ROUNDS = 15
CALLS = 40
PROCESSES = 5
MANY = 1000
GOALS = {"chat": 1.10, "achat": 1.15, "first kit": 1.10}
OURS_FIRST = f"from racto_nb import openai_developer_kit as gpt; k = gpt.Chat('{MODEL}', api_key='k'); k._port.pool.take()"
SDK_FIRST = "import openai; openai.OpenAI(api_key='k')"


def processor_seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def paired(ours: Callable[[], object], theirs: Callable[[], object], calls: int) -> tuple[float, float, float]:
    """Microseconds a call on both sides, and the median ratio."""
    ours()
    theirs()
    rounds = [(processor_seconds(ours), processor_seconds(theirs)) for _ in range(ROUNDS)]
    mine, other = (statistics.median(side) / calls * 1e6 for side in zip(*rounds, strict=True))
    return mine, other, statistics.median(left / right for left, right in rounds)


def chat_of(client: openai.OpenAI | openai.AsyncOpenAI) -> Callable[[], object]:
    return lambda: client.chat.completions.create(model=MODEL, messages=TURNS, max_completion_tokens=4096)


def responses_of(client: openai.OpenAI | openai.AsyncOpenAI) -> Callable[[], object]:
    question = [{"role": "user", "content": QUESTION}]
    return lambda: client.responses.create(model=MODEL, instructions=SYSTEM, input=question, max_output_tokens=4096, store=False)


def sync_pair(url: str, api: str) -> tuple[float, float, float]:
    kit, client = gpt.Chat(MODEL, api_key="k", base_url=f"{url}/v1", api=api), openai.OpenAI(api_key="k", base_url=f"{url}/v1")
    call = (chat_of if api == "chat" else responses_of)(client)
    with kit, client:
        return paired(lambda: [kit.chat(CONFIG) for _ in range(CALLS)], lambda: [call() for _ in range(CALLS)], CALLS)


def async_pair(url: str, api: str) -> tuple[float, float, float]:
    async def together(call: Callable[[], Awaitable[object]]) -> None:
        for _ in range(CALLS // AT_ONCE + 1):
            await asyncio.gather(*(call() for _ in range(AT_ONCE)))

    calls = (CALLS // AT_ONCE + 1) * AT_ONCE
    kit = gpt.Chat(MODEL, api_key="k", base_url=f"{url}/v1", api=api)
    client = openai.AsyncOpenAI(api_key="k", base_url=f"{url}/v1")
    call = (chat_of if api == "chat" else responses_of)(client)
    with asyncio.Runner() as runner:
        figures = paired(lambda: runner.run(together(lambda: kit.achat(CONFIG))), lambda: runner.run(together(call)), calls)
        runner.run(kit.aclose())
        runner.run(client.close())
    return figures


def first_kit() -> tuple[float, float, float]:
    """Microseconds to import and open, each in a fresh process."""

    def fresh(code: str) -> float:
        measured = f"import time; {code}; print(time.process_time())"
        return float(subprocess.run([sys.executable, "-c", measured], check=True, capture_output=True, text=True).stdout)

    rounds = [(fresh(OURS_FIRST), fresh(SDK_FIRST)) for _ in range(PROCESSES)]
    mine, other = (statistics.median(side) * 1e6 for side in zip(*rounds, strict=True))
    return mine, other, statistics.median(left / right for left, right in rounds)


def clients_for_many_calls(url: str) -> int:
    """How many SDK clients the kit opens."""
    opened = 0
    plain = openai.OpenAI.__init__

    def counted(self: openai.OpenAI, *args: object, **options: object) -> None:
        nonlocal opened
        opened += 1
        plain(self, *args, **options)

    openai.OpenAI.__init__ = counted
    try:
        with gpt.Chat(MODEL, api_key="k", base_url=f"{url}/v1") as kit:
            for _ in range(MANY):
                kit.chat(CONFIG)
    finally:
        openai.OpenAI.__init__ = plain
    return opened


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    missed = False
    with canned_openai() as url:
        for name, pair in (("chat", sync_pair), ("achat", async_pair)):
            for api in ("responses", "chat"):
                missed |= told(f"{name} over {api}", pair(url, api), GOALS[name])
        missed |= told("first kit", first_kit(), GOALS["first kit"])
        clients = clients_for_many_calls(url)
        print(f"clients opened for {MANY:,} calls: {clients} (goal 1)")
    return int(missed or clients != 1)


def told(name: str, figures: tuple[float, float, float], goal: float) -> bool:
    """Print a line; whether the goal was missed."""
    mine, other, ratio = figures
    print(f"{name:>20}: {mine:9.0f} µs, the SDK {other:9.0f} µs, {ratio:5.2f} times (goal {goal:.2f})")
    return ratio > goal


if __name__ == "__main__":
    sys.exit(main())
