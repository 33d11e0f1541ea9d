"""What of an example is compared with others: its prompt, its answer, its user's words. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.normalising import Normal, normaliser
from racto_nb.finetune.messages import Attachment, RactoTrainingMessage
from racto_nb.prompts.files import RactoFile

_BETWEEN = "\x1f"
"""No normal form has this character, so that pieces put together stay apart."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An example in its normal form.

    `whole` is a hash of all of it, `prompt` of what comes before the answer, `setting` of the system texts, files and tools of
    the prompt, `files` of its files alone. `user` and `answer` are words. What changes nothing of what is learnt is in none of
    them: names, weights, ids of calls, tags, provenance.
    """

    whole: bytes
    prompt: bytes
    setting: bytes
    files: bytes
    user: str
    answer: str

    @property
    def asked(self) -> tuple[str, bytes]:
        """What the user asks: the words and the files. Without both it is the prompt."""
        return self.user, self.files if self.user or self.files != NOTHING else self.prompt


def compared(examples: Iterable[RactoTrainingExample], *, symbols: bool = False) -> list[Compared]:
    """The examples in their normal form, with or without `symbols`."""
    normal = normaliser(symbols=symbols)
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
    answer = _BETWEEN.join([_turn(message, normal) for message in answering])
    files = _hash([_file(one) for message in asking for one in message.attachments]) if _with_files(asking) else NOTHING
    tools = [msgspec.json.encode(tool).decode() for tool in example.tools]
    expected = "" if example.reference is None else msgspec.json.encode(example.reference, order="sorted").decode()
    rejected = [_turn(message, normal) for message in example.rejected]
    prompt = _hash([*turns, "", *tools])
    systems = [turn for message, turn in zip(asking, turns, strict=True) if message.role in {"system", "developer"}]
    return Compared(
        whole=_hash([prompt.hex(), answer, "", *rejected, expected]),
        prompt=prompt,
        setting=_hash([*systems, "", files.hex(), *tools]),
        files=files,
        user=" ".join([normal(message.content) for message in asking if message.role == "user"]).strip(),
        answer=answer + expected,
    )


def _with_files(messages: Sequence[RactoTrainingMessage]) -> bool:
    return any(message.attachments for message in messages)


def _turn(message: RactoTrainingMessage, normal: Normal) -> str:
    if not (message.attachments or message.tool_calls):
        return message.role + _BETWEEN + normal(message.content)
    calls = [call.name + _BETWEEN + _arguments(call.parsed(), call.arguments) for call in message.tool_calls]
    return _BETWEEN.join([message.role, normal(message.content), *map(_file, message.attachments), *calls])


def _arguments(parsed: dict[str, object] | None, written: str) -> str:
    return " ".join(written.split()) if parsed is None else msgspec.json.encode(parsed, order="sorted").decode()


def _file(file: Attachment) -> str:
    return hashlib.blake2b(file.data, digest_size=16).hexdigest() if isinstance(file, RactoFile) else file.uri


def _hash(pieces: Sequence[str]) -> bytes:
    return hashlib.blake2b("\x1e".join(pieces).encode("utf-8", "surrogatepass"), digest_size=16).digest()


NOTHING = _hash([])
"""The hash of no files."""
