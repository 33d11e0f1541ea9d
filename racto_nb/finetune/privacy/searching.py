"""What is found in an example: in its turns, the arguments of its calls, its tools and what it refers to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.finetune.privacy.found import Found
from racto_nb.finetune.privacy.scanning import Search
from racto_nb.finetune.privacy.segments import segments
from racto_nb.finetune.privacy.walking import message_with_texts, without_turns

_MOST_QUIET = 1_000


def found_in(example: RactoTrainingExample, search: Search, quiet: set[str]) -> Iterator[tuple[int | None, Found, str]]:
    """What is found in `example`, equal pieces of a message once: the message (None: in none), the find, and how it is shown.

    `quiet` is filled with system texts in which nothing is found: where the next examples have them, nothing is searched.
    """
    for number, message in enumerate(example.turns()):
        heard = _Listener(search)
        _hear(message, heard, quiet)
        yield from ((number, found, found.shown(text)) for found, text in heard.found.values())
    if not (example.tools or example.reference or example.extra):
        return
    heard = _Listener(search)
    without_turns(example, heard)
    yield from ((None, found, found.shown(text)) for found, text in heard.found.values())


def finds_of(example: RactoTrainingExample, search: Search) -> set[tuple[str, str]]:
    """The kind and the letters of all that is found in `example`, its roles included. They are no one's to print."""
    heard = _Listener(search)
    for message in example.turns():
        message_with_texts(message, heard)
        heard(message.role)  # messages quote it; where it holds more than a role, columns were mixed up
    without_turns(example, heard)
    return set(heard.found)


def _hear(message: RactoTrainingMessage, heard: _Listener, quiet: set[str]) -> None:
    if not _is_plain(message):
        message_with_texts(message, heard)
    elif message.role != "system":
        heard(message.content)
    elif message.content not in quiet:
        heard(message.content)
        if not heard.found and len(quiet) < _MOST_QUIET:
            quiet.add(message.content)


def _is_plain(message: RactoTrainingMessage) -> bool:
    """Whether a message is its text and nothing else, as most are."""
    more = message.tool_calls or message.attachments or message.parts or message.name or message.extra
    return not more and type(message.content) is str


class _Listener:
    """Looks at texts and changes none."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self.found: dict[tuple[str, str], tuple[Found, str]] = {}

    def __call__(self, text: str) -> str:
        for segment in segments(text, self._search):
            for found in segment.finds(self._search):
                self.found.setdefault((found.kind, segment.says[found.start : found.end]), (found, segment.says))
        return text
