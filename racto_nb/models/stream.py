"""The pieces of a streamed answer.

Plain slots classes and not Pydantic models: a stream makes thousands of them, and building a Pydantic model costs several
times as much. They carry the same fields and the same `model_dump` and `model_validate`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Self

from racto_nb.models.messages import ToolCallResult, ToolRun
from racto_nb.models.response import FinishReason, LLMResponse, partial_json

_PARTIAL = object()
_HALF = re.compile("[\ud800-\udfff]")


class Transcript:
    """The text of one stream so far, as an append-only list of pieces shared by all its chunks.

    A chunk remembers how many pieces it has seen, so a kept list of all chunks costs memory in proportion to the text and
    not to its square. Adding to an older position copies first: two branches never see each other's pieces.
    """

    __slots__ = ("pieces",)

    def __init__(self, pieces: list[str] | None = None) -> None:
        self.pieces: list[str] = [] if pieces is None else pieces

    def extended(self, count: int, piece: str) -> Transcript:
        """A transcript whose first `count` pieces are these and whose next one is `piece`."""
        target = self if count == len(self.pieces) else Transcript(self.pieces[:count])
        target.pieces.append(piece)
        return target

    def between(self, start: int, end: int) -> str:
        """The pieces from `start` to before `end` as one text. Mostly there is none, or a single one."""
        if start == end:
            return ""
        return self.pieces[start] if start + 1 == end else "".join(self.pieces[start:end])

    def text(self, count: int) -> str:
        """The first `count` pieces as one text."""
        return "".join(self.pieces[:count] if count != len(self.pieces) else self.pieces)


def joined_halves(text: str) -> str:
    r"""`text` with the halves of surrogate pairs put together that came apart; those that stay alone become U+FFFD.

    >>> joined_halves("a\ud83d\ude00"), joined_halves("\ud83d!")
    ('a😀', '�!')
    """
    if _HALF.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Slotted:
    """Comparison, repr and dumping for slots classes whose public fields are listed in `_fields`."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()
    _hidden: tuple[str, ...] = ()

    def model_dump(self) -> dict[str, Any]:
        """The fields as a dict, nested values dumped too."""
        return {name: _dumped(getattr(self, name)) for name in self._fields}

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self._fields)

    __hash__ = None  # type: ignore[assignment]  # mutable values, like the pydantic models they stand for

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields if name not in self._hidden)
        return f"{type(self).__name__}({shown})"


def _dumped(value: Any) -> Any:
    if isinstance(value, list):
        return [_dumped(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    dump = getattr(value, "model_dump", None)
    return dump() if callable(dump) else value


class StreamDelta(_Slotted):
    """What one event added: `text`, `thinking`, or a fragment of a tool call."""

    __slots__ = _fields = ("text", "thinking", "tool_call_id", "tool_call_name", "tool_call_args_fragment")

    def __init__(
        self,
        text: str = "",
        thinking: str = "",
        tool_call_id: str | None = None,
        tool_call_name: str | None = None,
        tool_call_args_fragment: str | None = None,
    ) -> None:
        self.text = text
        self.thinking = thinking
        self.tool_call_id = tool_call_id
        self.tool_call_name = tool_call_name
        self.tool_call_args_fragment = tool_call_args_fragment

    @classmethod
    def model_validate(cls, data: Mapping[str, Any]) -> Self:
        """A delta from a dict as `model_dump` writes it."""
        return cls(**data)


class StreamChunk(_Slotted):
    """One piece of a streamed answer.

    `delta` is what is new, `accumulated_text` everything so far (joined when asked for). Exactly one chunk of a stream has
    `is_final`; it carries `finish_reason`, `usage`, `tool_calls` and, where JSON was asked for, `parsed`. Its `response` is the
    whole answer as an LLMResponse (not dumped, and None on all other chunks). Where JSON was asked for, `parsed` of the other
    chunks is what the JSON is so far: fields that have not arrived are missing, and a text may be cut.

    Where the kit calls tools itself, two more chunks stand between two turns, both without text: the one with the `tool_calls`
    that are about to run, and the one with the `tool_runs`, what came of them (not dumped). The accumulated texts are those of
    one turn.

    >>> StreamChunk(delta=StreamDelta(text="lo"), accumulated_text="Hello").accumulated_text
    'Hello'
    """

    __slots__ = (
        "_parsed",
        "_raw",
        "_said",
        "_said_count",
        "_thought",
        "_thought_count",
        "_tool_calls",
        "_usage",
        "delta",
        "finish_reason",
        "is_final",
        "is_thinking",
        "response",
        "tool_runs",
    )  # fmt: skip
    _fields = (
        "delta", "accumulated_text", "accumulated_thinking", "is_thinking", "finish_reason",
        "tool_calls", "usage", "is_final", "parsed", "raw",
    )  # fmt: skip
    _hidden = ("raw",)

    def __init__(  # noqa: PLR0917  (fields by position, as a dataclass takes them)
        self,
        delta: StreamDelta | None = None,
        accumulated_text: str = "",
        accumulated_thinking: str = "",
        is_thinking: bool = False,  # noqa: FBT001, FBT002  (a field)
        finish_reason: FinishReason | None = None,
        tool_calls: list[ToolCallResult] | None = None,
        usage: dict[str, int] | None = None,
        is_final: bool = False,  # noqa: FBT001, FBT002  (a field)
        parsed: dict[str, Any] | list[Any] | None = None,
        raw: Any = None,
    ) -> None:
        self.delta = StreamDelta() if delta is None else delta
        self.is_thinking = is_thinking
        self.finish_reason = finish_reason
        self._tool_calls = tool_calls
        self._usage = usage
        self.is_final = is_final
        self.tool_runs: tuple[ToolRun, ...] = ()
        self._parsed: Any = parsed
        self.response: LLMResponse | None = None
        self._raw = raw
        self._said: Transcript | str = accumulated_text
        self._thought: Transcript | str = accumulated_thinking
        # The counts are read only where these are transcripts: see `after`.

    def after(self, said: Transcript, said_count: int, thought: Transcript, thought_count: int) -> Self:
        """This chunk, reading its accumulated texts from the stream's transcripts. For wires; returns self."""
        self._said, self._said_count = said, said_count
        self._thought, self._thought_count = thought, thought_count
        return self

    @property
    def accumulated_text(self) -> str:
        """All answer text up to and including this chunk."""
        return self._said if isinstance(self._said, str) else self._said.text(self._said_count)

    @property
    def accumulated_thinking(self) -> str:
        """All reasoning text up to and including this chunk."""
        return self._thought if isinstance(self._thought, str) else self._thought.text(self._thought_count)

    # Nearly all chunks of a stream have neither calls nor usage. Empty lists and dicts for each would be a quarter of its memory.
    @property
    def tool_calls(self) -> list[ToolCallResult]:
        """The calls of tools in the whole answer; empty on all chunks but the final one and those before a turn of tools."""
        if self._tool_calls is None:
            self._tool_calls = []
        return self._tool_calls

    @tool_calls.setter
    def tool_calls(self, value: list[ToolCallResult]) -> None:
        self._tool_calls = value

    @property
    def usage(self) -> dict[str, int]:
        """The counts of tokens; empty on all chunks but the final one."""
        if self._usage is None:
            self._usage = {}
        return self._usage

    @usage.setter
    def usage(self, value: dict[str, int]) -> None:
        self._usage = value

    def expecting_json(self) -> Self:
        """This chunk, reading `parsed` from the text so far when it is asked for. For flows; returns self."""
        self._parsed = _PARTIAL
        return self

    @property
    def parsed(self) -> dict[str, Any] | list[Any] | None:
        """The JSON of the answer, as far as it has arrived; None where there is none, or where none was asked for."""
        return partial_json(self.accumulated_text) if self._parsed is _PARTIAL else self._parsed

    @parsed.setter
    def parsed(self, value: dict[str, Any] | list[Any] | None) -> None:
        self._parsed = value

    @property
    def raw(self) -> Any:
        """The provider's own event: what its library made of it, or the JSON it was, read when asked for."""
        return json.loads(self._raw) if isinstance(self._raw, bytes) else self._raw

    @classmethod
    def model_validate(cls, data: Mapping[str, Any]) -> Self:
        """A chunk from a dict as `model_dump` writes it."""
        fields = dict(data)
        if isinstance(fields.get("delta"), Mapping):
            fields["delta"] = StreamDelta.model_validate(fields["delta"])
        if fields.get("finish_reason") is not None:
            fields["finish_reason"] = FinishReason(fields["finish_reason"])
        calls: list[Any] = fields.get("tool_calls") or []
        fields["tool_calls"] = [ToolCallResult.model_validate(call) for call in calls]
        return cls(**fields)
