"""What all sides are asked, and what is the right answer. Of the standard library alone: each environment loads this file."""

from __future__ import annotations

import array
import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GPT = "gpt-6-luna"
SYSTEM = "You are a careful assistant."
QUESTION = "Say hello to the world in a friendly way."
TURNS = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
ANSWER = json.dumps({"answer": "hello there", "score": 5})
AT_ONCE, MOST_TOKENS = 32, 4096
SIZE, OVERLAP, TOP = 512, 50, 10
Task = dict[str, Any]


@dataclass(frozen=True)
class Job:
    """`work` does what is measured so often, and raises where its answer is wrong. `facts`, unmeasured, has what it finds."""

    work: Callable[[int], object]
    facts: Callable[[], dict[str, object]] = dict


def must(said: object, right: object) -> None:
    """Raise where a side did not do what it should."""
    if said != right:
        message = f"{str(said)[:200]!r} in place of {str(right)[:200]!r}"
        raise RuntimeError(message)


def calls(call: Callable[[], object]) -> Job:
    """One call after the other; each says the text."""

    def work(times: int) -> None:
        for _ in range(times):
            must(call(), ANSWER)

    return Job(work)


def parsed(call: Callable[[], Any]) -> Job:
    """One call after the other; each gives an object with an answer and a score."""

    def work(times: int) -> None:
        for _ in range(times):
            found = call()
            must((found.answer, found.score), ("hello there", 5))

    return Job(work)


def together(make: Callable[[], Callable[[], Awaitable[object]]]) -> Job:
    """AT_ONCE calls at a time, in an event loop that is kept, by a client that `make` makes in it."""
    runner = asyncio.Runner()

    async def made() -> Callable[[], Awaitable[object]]:
        return make()

    async def all_of(times: int) -> None:
        for said in await asyncio.gather(*(call() for _ in range(AT_ONCE * times))):
            must(said, ANSWER)

    call = limited(runner.run(made()))
    return Job(lambda times: runner.run(all_of(times)))


def limited(call: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
    """At most AT_ONCE calls are under way."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one() -> object:
        async with free:
            return await call()

    return one


def streams(task: Task, read: Callable[[], Iterable[object]]) -> Job:
    """A stream read to its end; `read` gives the text of each chunk."""

    def work(times: int) -> None:
        for _ in range(times):
            must(sum(bool(text) for text in read()), task["chunks"])

    return Job(work)


def keeping(task: Task, begun: Callable[[], Iterable[object]]) -> Job:
    """All chunks of a stream kept: by how many kilobytes the process grows. Once a process."""

    def facts() -> dict[str, object]:
        for chunk in begun():
            if chunk is not None:
                break
        before = _resident()
        kept = list(begun())
        if len(kept) < task["chunks"]:
            must(len(kept), task["chunks"])
        return {"kilobytes": _resident() - before}

    return Job(lambda _: None, facts)


def _resident() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@dataclass(frozen=True)
class Vectors:
    """Rows, the category of each, its text, and what is asked: lists of numbers, and as raw bytes for arrays."""

    count: int
    dimension: int
    raw: bytes
    asked: list[list[float]]
    categories: list[int]

    @property
    def texts(self) -> list[str]:
        return [f"The text of chunk {row} says nothing much, in a line." for row in range(self.count)]

    @property
    def rows(self) -> list[list[float]]:
        numbers = array.array("f", self.raw)
        return [list(numbers[row * self.dimension : (row + 1) * self.dimension]) for row in range(self.count)]

    def array(self) -> Any:
        """The rows, for sides that have numpy."""
        import numpy as np

        return np.frombuffer(self.raw, np.float32).reshape(self.count, self.dimension)


def vectors(task: Task) -> Vectors:
    """The vectors that the task names."""
    folder = Path(task["data"])
    given = json.loads((folder / "vectors.json").read_text())
    asked = array.array("f", (folder / "asked.f32").read_bytes())
    width = given["dimension"]
    some = [list(asked[start : start + width]) for start in range(0, len(asked), width)]
    return Vectors(given["count"], width, (folder / "rows.f32").read_bytes(), some, given["categories"])


def searches(task: Task, asked: list[Any], search: Callable[[Any], list[int]]) -> Job:
    """One question after the other; `search` gives the numbers of the nearest rows with their texts read."""

    def work(times: int) -> None:
        for place in range(times):
            must(len(search(asked[place % len(asked)])), TOP)

    return Job(work, lambda: {"found": [search(one) for one in asked[: task["questions"]]]})


def text_of(task: Task) -> str:
    return Path(task["data"], "prose.txt").read_text(encoding="utf-8")


def cutting(cut: Callable[[], list[str]]) -> Job:
    """A text cut; `cut` gives the texts of the chunks."""

    def work(times: int) -> None:
        for _ in range(times):
            cut()

    def facts() -> dict[str, object]:
        chunks = cut()
        return {"chunks": len(chunks), "longest": max(map(len, chunks)), "characters": sum(map(len, chunks))}

    return Job(work, facts)


def repeated(call: Callable[[], object], right: object) -> Job:
    """A call so often, whose answer is known."""

    def work(times: int) -> None:
        for _ in range(times):
            must(call(), right)

    return Job(work)


def questions(count: int) -> list[str]:
    """Questions of a cache: the vector of each is the row of its number."""
    return [f"What is question {number} about?" for number in range(count)]


def meant(count: int) -> str:
    """The last of the questions in other words, with its number: it has the same vector, and means the same."""
    return f"Which is question {count - 1} about?"


def exported(task: Task, out: Path, export: Callable[[], object]) -> Job:
    """The training data written to `out`; looked at is whether each example is there as it was."""

    def work(times: int) -> None:
        for _ in range(times):
            export()

    def facts() -> dict[str, object]:
        written, given = _turns(out), _turns(Path(task["data"], "train.jsonl"))
        must(len(written), task["examples"])
        for one, other in zip(written, given, strict=True):
            must(one, other)
        return {"bytes": out.stat().st_size}

    return Job(work, facts)


def _turns(path: Path) -> list[list[tuple[str, str]]]:
    """Who says what in each example of a file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[(turn["role"], turn["content"]) for turn in json.loads(line)["messages"]] for line in lines]
