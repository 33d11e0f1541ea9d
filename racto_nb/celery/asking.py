"""What a caller may write, as questions for tasks. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.fleet.carrying import Data, checked_json
from racto_nb.models.batches import BatchItem
from racto_nb.models.chat import ChatConfig
from racto_nb.prompts.engine import RactoPrompt

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_OTHERS = re.compile(r"[^A-Za-z0-9_.-]+")
_SHARED = ("temperature", "max_tokens")


def worker_name(name: str | None, kit: object) -> str:
    """`name`, or one made of the kit's provider and model, which is the same in each process.

    >>> class Kit: provider, model = "openai", "org/gpt 6"
    >>> worker_name(None, Kit())
    'openai-org-gpt-6'
    """
    if name is None:
        parts = [getattr(kit, "provider", None) or type(kit).__name__, getattr(kit, "model", "")]
        return "-".join(_OTHERS.sub("-", str(part)).strip("-.") for part in parts if part)
    if not _NAME.fullmatch(name):
        msg = f"name is made of letters, digits, '_', '-' and '.', such as 'summaries'; not {name!r}."
        raise UsageError(msg)
    return name


def checked_quiet(seconds: object) -> float:
    """`seconds` itself. UsageError for a time that is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        msg = f"resend_after_s is a number of seconds, more than 0; got {seconds!r}."
        raise UsageError(msg)
    return seconds


def question_of(message: str | ChatConfig, given: Mapping[str, Any]) -> ChatConfig:
    """The question. Raises UsageError for options beside a ChatConfig, which has its own."""
    if not isinstance(message, ChatConfig):
        return ChatConfig.model_validate({"user_message": message, **{k: v for k, v in given.items() if v is not None}})
    changed = [name for name in given if name not in _SHARED and given[name] is not None]
    if changed:
        msg = f"A ChatConfig has its own {changed[0]}: give it there, and not beside it."
        raise UsageError(msg)
    return message


def items_as_questions(
    items: object, shared: Mapping[str, Any], prompt: RactoPrompt | None
) -> list[tuple[str | None, ChatConfig]]:
    """Each item's id and question. What an item says itself holds, also where it is the default; else what all share.

    Raises WrongTypeError or UsageError, with the place, for what is no item, for two of one id, and for none at all.
    """
    kind = type(items).__name__
    if isinstance(items, str | Mapping | ChatConfig) or not isinstance(items, Sequence):
        msg = f"items is a list of BatchItems, not {kind}."
        raise WrongTypeError(msg)
    listed = list(cast("Sequence[object]", items))
    if not listed:
        msg = "The batch is empty: give at least one BatchItem. Nothing was sent."
        raise UsageError(msg)
    seen: dict[str, int] = {}
    return [_item(place, item, seen, shared, prompt) for place, item in enumerate(listed)]


def _item(
    place: int, item: object, seen: dict[str, int], shared: Mapping[str, Any], prompt: RactoPrompt | None
) -> tuple[str | None, ChatConfig]:
    if not isinstance(item, ChatConfig):
        msg = f"items[{place}] is a {type(item).__name__}, not a BatchItem. Nothing was sent."
        raise WrongTypeError(msg)
    custom_id = item.custom_id if isinstance(item, BatchItem) else None
    if custom_id is not None and seen.setdefault(custom_id, place) != place:
        msg = f"items[{place}] has the custom_id {custom_id!r} of items[{seen[custom_id]}]. Give each its own. Nothing was sent."
        raise UsageError(msg)
    said = item.model_fields_set
    more = {name: value for name, value in shared.items() if name not in said}
    if prompt is not None and item.prompt is None:
        more["prompt"] = prompt
    return custom_id, item.model_copy(update=more)


def document_data(path: object, metadata: Mapping[str, Any]) -> Data:
    """What a task of ingestion gets: the whole path, since a worker has another current folder."""
    if not isinstance(path, str | os.PathLike) or not str(cast("object", path)).strip():
        msg = f"path is that of a file, not {path!r}."
        raise WrongTypeError(msg)
    if "on_progress" in metadata:
        msg = "on_progress is a function, and hears nothing of what another process does. progress(handle) shows how far it is."
        raise UsageError(msg)
    whole = str(expanded(cast("str", path)).absolute())
    return {"path": whole, "metadata": checked_json(dict(metadata), "The metadata")}
