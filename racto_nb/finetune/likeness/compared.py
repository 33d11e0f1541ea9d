"""What of an example is compared with others: its prompt, its answer, its user's words. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Literal, cast

import msgspec

from racto_nb.finetune.calls import TrainingTool, TrainingToolCall
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.likeness.normalising import Normal, to_the_letter
from racto_nb.finetune.likeness.spaceless import words_of
from racto_nb.finetune.links import Attachment, FileLink
from racto_nb.finetune.messages import RactoTrainingMessage, text_of
from racto_nb.prompts.files import RactoFile

_BETWEEN = "\x1f"
"""No normal form has this character, so that pieces put together stay apart."""


Form = Literal["letters", "symbols", "words"]
"""How exactly texts are compared: to the letter, or in the normal form with its symbols or without."""

_SYSTEMS = 256
_SHORT = 5
"""Answers of fewer words (labels, numbers, yes and no) are the same to the letter, or they differ."""


class Compared(msgspec.Struct, frozen=True):
    """An example in one of its forms.

    `whole` is a hash of all of it, `prompt` of what comes before the answer, `setting` of the system texts, files and tools of
    the prompt, `files` of its files alone, `beside` of what an answer has beside its words: calls, a reference, what is rejected,
    `letters` of the answer to the letter, whatever the form. `said` are the words of each message of the user, `answer` those of
    the answer. What changes nothing of what is learnt is in none of them: names, weights, ids of calls, tags, provenance.
    """

    whole: bytes
    prompt: bytes
    setting: bytes
    files: bytes
    beside: bytes
    letters: bytes
    said: tuple[str, ...]
    answer: str

    @property
    def user(self) -> str:
        """All words of the user."""
        return " ".join(self.said)

    @property
    def words(self) -> list[list[str]]:
        """The words of each message of the user; of texts without spaces their letters."""
        return [words_of(text) for text in self.said]

    @property
    def asked(self) -> tuple[str, bytes]:
        """What the user asks: the words and the files. Without words it is the prompt."""
        return (self.user, self.files) if any(self.said) else ("", self.prompt)

    @property
    def short(self) -> bytes | None:
        """The answer to the letter where it is short, else None: short answers are the same or they differ."""
        return self.letters if self.answer.count(" ") < _SHORT - 1 else None


class Forms:
    """Forms of examples, each made once: for what compares the same examples more than once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, Form], tuple[Sequence[RactoTrainingExample], list[Compared]]] = {}

    def of(self, examples: Sequence[RactoTrainingExample], form: Form) -> list[Compared]:
        """The form of the examples. Who they are is told by the sequence itself, not by what is in it."""
        kept = self._made.get((id(examples), form))
        if kept is None:  # the sequence is kept beside, so that no other one gets its identity
            kept = self._made[id(examples), form] = examples, compared(examples, form)
        return kept[1]


def compared(examples: Iterable[RactoTrainingExample], form: Form = "words") -> list[Compared]:
    """The examples in a form of theirs. Hand-made ones with values that are no texts are like their equals alone."""
    normal = to_the_letter if form == "letters" else Normal(symbols=form == "symbols")
    answered = _as_it_is if form == "letters" else normal
    instructed = lru_cache(maxsize=_SYSTEMS)(normal)  # many examples have the same system text, often the longest of all
    return [_odd(example) if is_odd(example) else _compared(example, normal, answered, instructed) for example in examples]


def is_odd(example: RactoTrainingExample) -> bool:
    """Whether an example has no texts where texts belong, such as a message whose content is None."""
    messages: tuple[object, ...] = (*example.messages, *example.preferred, *example.rejected)
    tools = cast("Sequence[object]", example.tools)
    return not all(map(_is_readable, messages)) or not all(isinstance(tool, TrainingTool) for tool in tools)


def said_by(example: RactoTrainingExample, role: str = "user") -> list[str]:
    """What one side says before the answer, a text for each message."""
    asking, _ = prompt_and_answer(example)
    return [text_of(message) for message in asking if getattr(message, "role", None) == role]


def prompt_and_answer(
    example: RactoTrainingExample,
) -> tuple[Sequence[RactoTrainingMessage], Sequence[RactoTrainingMessage]]:
    """The turns before the answer, and the answer: what is preferred, else the last turn where an assistant speaks it."""
    messages = example.messages
    if example.preferred or not messages or getattr(messages[-1], "role", None) != "assistant":
        return messages, example.preferred
    return messages[:-1], messages[-1:]


def _as_it_is(text: str) -> str:
    """An answer to the letter: white space counts too, since it is what a model would learn to write."""
    return unicodedata.normalize("NFC", text)


def _is_readable(message: object) -> bool:
    """Whether a message is one, of texts."""
    if not (isinstance(message, RactoTrainingMessage) and type(message.role) is str and type(message.content) is str):
        return False
    if not (message.tool_calls or message.attachments):
        return True
    calls, files = cast("Sequence[object]", message.tool_calls), cast("Sequence[object]", message.attachments)
    texts = (isinstance(call, TrainingToolCall) and type(call.arguments) is str for call in calls)
    return all(texts) and all(isinstance(file, RactoFile | FileLink) for file in files)


def _odd(example: RactoTrainingExample) -> Compared:
    whole = _hash(repr(example))
    return Compared(whole, whole, whole, files=NOTHING, beside=NOTHING, letters=whole, said=(), answer="")


def _compared(
    example: RactoTrainingExample,
    normal: Callable[[str], str],
    answered: Callable[[str], str],
    instructed: Callable[[str], str],
) -> Compared:
    asking, answering = prompt_and_answer(example)
    turns = [_turn(message, instructed if message.role == "system" else normal) for message in asking]
    words = [answered(message.content) for message in answering]
    files = [_file(one) for message in asking for one in message.attachments]
    tools = [msgspec.json.encode(tool).decode() for tool in example.tools]
    beside = [piece for message in answering for piece in _not_words(message)]
    if example.reference is not None:
        beside.append(msgspec.json.encode(example.reference, order="sorted").decode())
    beside += [_turn(message, answered) for message in example.rejected]
    systems = [turn for message, turn in zip(asking, turns, strict=True) if message.role in {"system", "developer"}]
    return Compared(
        whole=_hash(*turns, "", *tools, "", *words, "", *beside),
        prompt=_hash(*turns, "", *tools),
        setting=_hash(*systems, "", *files, "", *tools),
        files=_hash(*files) if files else NOTHING,
        beside=_hash(*beside) if beside else NOTHING,
        letters=_hash(*[_as_it_is(message.content) for message in answering]),
        said=tuple([normal(message.content) for message in asking if message.role == "user"]),
        answer=" ".join(words),
    )


def _turn(message: RactoTrainingMessage, normal: Callable[[str], str]) -> str:
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
