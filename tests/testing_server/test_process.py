"""The fake provider as a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request

BODY = json.dumps({"model": "m", "messages": [], "stream": True}).encode()


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "error", "-m", "racto_nb.testing", *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_prints_its_address_serves_and_ends_with_its_input():
    with started("--reply", "one two", "--chunks", "3") as process:
        told = json.loads(process.stdout.readline())
        url = told["base_urls"]["openai"] + "/chat/completions"
        assert url.startswith(told["url"])
        said = [deltas(url) for _ in range(3)]
        rest, errors = process.communicate(timeout=30)
    assert said[0] == ["one", " two"]
    assert said[1] == said[2]
    assert [len(piece) for piece in said[1]] == [8, 8, 8]
    assert (process.returncode, rest, errors) == (0, "", "")


def deltas(url: str) -> list[str]:
    with urllib.request.urlopen(urllib.request.Request(url, BODY), timeout=30) as answer:
        lines = [line[6:] for line in answer.read().decode().splitlines() if line.startswith("data: {")]
    return [text for line in lines if (text := json.loads(line)["choices"][0]["delta"].get("content"))]


def test_a_wrong_option_is_refused():
    with started("--chunk", "x") as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "--chunks" in errors
