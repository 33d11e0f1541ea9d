"""What of an example is compared with others: its prompt, its answer, its user's words. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.normalising import Normal
from racto_nb.finetune.messages import Attachment, RactoTrainingMessage
from racto_nb.prompts.files import RactoFile

_BETWEEN = "\x1f"
"""No normal form has this character, so that pieces put together stay apart."""


class Compared(msgspec.Struct, frozen=True):
    """An example in its normal form.

    `whole` is a hash of all of it, `prompt` of what comes before the answer, `setting` of the system texts, files and tools of
    the prompt, `files` of its files alone, `beside` of what an answer has beside its words: calls, a reference, what is rejected.
    `said` are the
    words of each message of the user, `answer` those of the answer. What changes nothing of what is learnt is in none of them:
    names, weights, ids of calls, tags, provenance.
    """

    whole: bytes
    prompt: bytes
    setting: bytes
    files: bytes
    beside: bytes
    said: tuple[str, ...]
    answer: str

    @property
    def user(self) -> str:
        """All words of the user."""
        return " ".join(self.said)

    @property
    def words(self) -> list[list[str]]:
        """The words of each message of the user."""
        return [text.split() for text in self.said]

    @property
    def asked(self) -> tuple[str, bytes]:
        """What the user asks: the words and the files. Without words it is the prompt."""
        return (self.user, self.files) if any(self.said) else ("", self.prompt)


def compared(examples: Iterable[RactoTrainingExample], *, symbols: bool = False) -> list[Compared]:
    """The examples in their normal form, with or without `symbols`."""
    normal = Normal(symbols=symbols)
    return [_compared(example, normal) for example in examples]


def prompt_and_answer(
    example: RactoTrainingExample,
) -> tuple[Sequence[RactoTrainingMessage], Sequence[RactoTrainingMessage]]:
    """The turns before the answer, and the answer: what is preferred, else the last turn where an assistant speaks it."""
    messages = example.messages
    if example.preferred or not messages or messages[-1].role != "assistant":
        return messages, example.preferred
    return messages[:-1], messages[-1:]


def _compared(example: RactoTrainingExample, normal: Normal) -> Compared:
    asking, answering = prompt_and_answer(example)
    turns = [_turn(message, normal) for message in asking]
    words = [normal(message.content) for message in answering]
    files = [_file(one) for message in asking for one in message.attachments]
    tools = [msgspec.json.encode(tool).decode() for tool in example.tools]
    beside = [piece for message in answering for piece in _not_words(message)]
    if example.reference is not None:
        beside.append(msgspec.json.encode(example.reference, order="sorted").decode())
    beside += [_turn(message, normal) for message in example.rejected]
    systems = [turn for message, turn in zip(asking, turns, strict=True) if message.role in {"system", "developer"}]
    return Compared(
        whole=_hash(*turns, "", *tools, "", *words, "", *beside),
        prompt=_hash(*turns, "", *tools),
        setting=_hash(*systems, "", *files, "", *tools),
        files=_hash(*files) if files else NOTHING,
        beside=_hash(*beside) if beside else NOTHING,
        said=tuple([normal(message.content) for message in asking if message.role == "user"]),
        answer=" ".join(words),
    )


def _turn(message: RactoTrainingMessage, normal: Normal) -> str:
    return _BETWEEN.join([message.role, normal(message.content), *_not_words(message)])


def _not_words(message: RactoTrainingMessage) -> list[str]:
    if not (message.attachments or message.tool_calls):
        return []
    calls = [call.name + _BETWEEN + _arguments(call.parsed(), call.arguments) for call in message.tool_calls]
    return [*map(_file, message.attachments), *calls]


def _arguments(parsed: dict[str, object] | None, written: str) -> str:
    return " ".join(written.split()) if parsed is None else msgspec.json.encode(parsed, order="sorted").decode()


def _file(file: Attachment) -> str:
    return hashlib.blake2b(file.data, digest_size=16).hexdigest() if isinstance(file, RactoFile) else file.uri


def _hash(*pieces: str) -> bytes:
    return hashlib.blake2b("\x1e".join(pieces).encode("utf-8", "surrogatepass"), digest_size=16).digest()


NOTHING = _hash()
"""The hash of nothing: no files, no calls."""
