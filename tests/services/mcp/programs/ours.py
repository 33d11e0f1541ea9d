"""A server of this package over stdio: `python ours.py NAME`."""

import os
import sys
import time

from pydantic import BaseModel

from racto_nb.mcp import RactoMCPServer
from racto_nb.prompts import RactoFile
from racto_nb.tools import ToolRegistry

registry = ToolRegistry()
PIXEL = b"\x89PNG\r\n\x1a\n-a-picture"


class Weather(BaseModel):
    city: str
    celsius: float


@registry.register
def add(a: int, b: int) -> int:
    """Add two integers.

    :param a: The first.
    """
    return a + b


@registry.register
def weather(city: str) -> Weather:
    """The weather in a city."""
    return Weather(city=city, celsius=21.5)


@registry.register
def picture() -> list:
    """A picture and its caption."""
    return ["a pixel", RactoFile(PIXEL, "image/png")]


@registry.register
def fail(reason: str) -> str:
    """Fails."""
    raise ValueError(reason)


@registry.register
def process() -> int:
    """The process that answers."""
    return os.getpid()


@registry.register
def variable(name: str) -> str:
    """A variable of the environment."""
    return os.environ.get(name, "not set")


@registry.register
def wait(seconds: float) -> str:
    """Wait in a thread."""
    time.sleep(seconds)
    return "waited"


@registry.register
def die(words: str) -> None:
    """End the program at once."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201
    os._exit(3)


@registry.register
def chatter() -> str:
    """Prints where the protocol is spoken."""
    print("this is no JSON", flush=True)  # noqa: T201
    return "said"


if __name__ == "__main__":
    RactoMCPServer.from_registry(registry, name=sys.argv[1], description="For tests", version="1.2.3").run()
