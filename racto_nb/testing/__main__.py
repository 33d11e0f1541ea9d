"""A fake provider as a process of its own, for benchmarks and other kernels: `python -m racto_nb.testing --reply "Hello"`."""

from __future__ import annotations

import argparse
import json
import sys

from racto_nb.testing.fake_provider import FakeProvider
from racto_nb.testing.replies import FakeReply


def main(arguments: list[str]) -> None:
    """Serve until standard input ends. The first line of output is JSON: `url`, and `base_urls` by the name of the wire."""
    parser = argparse.ArgumentParser(prog="python -m racto_nb.testing", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="the port; 0, the default, takes a free one")
    parser.add_argument("--reply", action="append", default=[], metavar="TEXT", help="a reply; the last one is repeated")
    parser.add_argument("--chunks", type=int, metavar="N", help="a reply of N pieces of 8 characters, after the others")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="the time before each piece")
    given = parser.parse_args(arguments)
    replies = [FakeReply.of(text, delay=given.delay) for text in given.reply]
    if given.chunks is not None:
        replies.append(FakeReply(tuple(f"{number:7d} " for number in range(given.chunks)), delay=given.delay))
    with FakeProvider(replies or ["Hello"], repeat_last=True) as server:
        told = {"url": server.url, "base_urls": {name: server.base_url(name) for name in server.wires}}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1:])
