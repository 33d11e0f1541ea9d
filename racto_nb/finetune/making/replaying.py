"""Examples from recorded calls: what was asked, and what was answered. Kind: threaded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import MissingFileError, RactoGatewayError, UsageError
from racto_nb.finetune.examples import Provenance, RactoTrainingExample
from racto_nb.finetune.making.answers import Answer, answer_in, same
from racto_nb.finetune.making.made import Harvest, LeftOut, Made
from racto_nb.finetune.making.requests import FilesError, NoChatError, tools_of, turns_of
from racto_nb.models.response import FinishReason
from racto_nb.providers.failures import Refused
from racto_nb.replay.entries import Entry
from racto_nb.replay.file import entries_of
from racto_nb.replay.tidying import newest

_PATTERN = "*.replay.jsonl"
_WHOLE = frozenset({FinishReason.STOP, FinishReason.TOOL_CALL})
_Key = tuple[tuple[object, ...], ...]


def examples_from_replay(
    path: str | os.PathLike[str], *, whole_conversations: bool = True
) -> Made[Sequence[RactoTrainingExample]]:
    """The examples in the recording at `path`, or in all recordings (`*.replay.jsonl`) of a folder and those in it.

    Each answer that came to its end is one, with all that was sent before it. With `whole_conversations` a turn whose
    conversation went on is left out: it is a part of the longer example.

    Raises MissingFileError, ReplayFileError, and UsageError for a folder without recordings.
    """
    harvest = Harvest()
    for file in _files(path):
        found = entries_of(file)
        kept = newest(found)
        _replaced(found, list(kept.values()), file.name, harvest)
        for number, entry in enumerate(kept.values()):
            _add(entry, f"{file.name}, entry {number}", harvest)
    return _longest(harvest) if whole_conversations else harvest.made()


def _files(path: str | os.PathLike[str]) -> list[Path]:
    place = expanded(os.fspath(path))
    if not place.exists():
        raise MissingFileError(str(place), names_near(place))
    if not place.is_dir():
        return [place]
    if files := sorted(place.rglob(_PATTERN)):
        return files
    msg = f'There are no recordings ({_PATTERN}) in {str(place)!r}. Record some: with record("answers.replay.jsonl"): …'
    raise UsageError(msg)


def _replaced(found: Sequence[Entry], kept: Sequence[Entry], name: str, harvest: Harvest) -> None:
    if gone := len(found) - len(kept):
        harvest.leave(name, "replaced", f"{gone:,} answers were recorded again later: the later ones count.")


def _add(entry: Entry, where: str, harvest: Harvest) -> None:
    """Take the example of `entry`, or say why there is none."""
    try:
        turns, tools = turns_of(entry.asked.request), tools_of(entry.asked.request)
        entry.raise_failure()
        answer = answer_in(entry)
    except NoChatError:
        harvest.leave(where, "no chat", "No chat was asked for, but vectors, a count of tokens, or a batch.")
    except FilesError:
        harvest.leave(where, "files", "Files were sent, and a recording keeps no more than a hash of them.")
    except (Refused, RactoGatewayError) as error:
        harvest.leave(where, "failed", f"There was no answer, but an error: {error}")
    except Exception as error:  # noqa: BLE001  (a reply that its wire cannot read is one example less, and is told)
        harvest.leave(where, "unreadable", f"The reply cannot be read ({type(error).__name__}: {error}).")
    else:
        if (problem := _problem(answer, where)) is not None:
            harvest.left_out.append(problem)
        elif answer is not None:
            source = Provenance("replay", where, answer.model or entry.asked.model)
            harvest.examples.append(RactoTrainingExample((*turns, answer.turn), tools, provenance=source))


def _problem(answer: Answer | None, where: str) -> LeftOut | None:
    """Why an answer is nothing to learn from; None where it is."""
    if answer is None:
        return LeftOut(where, "empty", "The answer is empty.")
    if answer.finish_reason is FinishReason.LENGTH:
        return LeftOut(where, "cut", "The answer was cut at max_tokens.")
    if answer.finish_reason not in _WHOLE:
        return LeftOut(where, "refused", f"The answer ended with {answer.finish_reason.value!r}.")
    if not all(call.parsed() is not None for call in answer.turn.tool_calls):
        return LeftOut(where, "cut", "The arguments of a call are no JSON object.")
    return None


def _longest(harvest: Harvest) -> Made[Sequence[RactoTrainingExample]]:
    """Without those that are the beginning of another."""
    keys = [tuple(map(same, example.messages)) for example in harvest.examples]
    begun = {beginning for key in keys for beginning in _beginnings(key)}
    kept = Harvest(left_out=list(harvest.left_out))
    for example, key in zip(harvest.examples, keys, strict=True):
        if key in begun:
            where = example.provenance.reference if example.provenance else ""
            kept.leave(where, "continued", "The conversation went on: it is in a longer example.")
        else:
            kept.examples.append(example)
    return kept.made()


def _beginnings(key: _Key) -> Iterator[_Key]:
    """All beginnings that end with an answer."""
    return (key[:size] for size in range(1, len(key)) if key[size - 1][0] == "assistant")
