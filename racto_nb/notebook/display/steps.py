"""What came before an answer: calls of tools with their results, and answers that did not fit and were asked for again. Pure.

A call is one folded line; a click opens its result, and its arguments where the line does not hold them. All of it is foreign
text: the frame is ours and stands outside what is cleaned, and what a line shows is escaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from racto_nb.notebook.display.fencing import fenced, told_in
from racto_nb.notebook.display.sanitising import printable, safe_html, safe_text
from racto_nb.notebook.display.thinking import Thought, folded, note

LONGEST_LINE = 80
"""Characters of a call, and of its result, on the folded line."""
LONGEST_RESULT = 4_000
"""Characters of a result that are shown; the whole is kept in `.tool_runs`. Updates repeat what is shown."""


class State(Enum):
    """How far a call has come, and the sign that stands for it."""

    RUNS = "…"
    DONE = "✓"
    FAILED = "✗"
    LEFT = "○"
    STOPPED = "■"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool: its `arguments`, and the `told` result or the reason of the failure."""

    name: str
    arguments: Mapping[str, Any]
    state: State = State.RUNS
    told: str = ""
    id: str = ""

    @property
    def line(self) -> str:
        """The call as Python would write it.

        >>> Call("weather", {"city": "Oslo"}).line
        'weather(city="Oslo")'
        """
        inside = ", ".join(f"{name}={_json(value)}" for name, value in self.arguments.items())
        return f"{_on_one_line(self.name)}({_on_one_line(inside)})"

    @property
    def outcome(self) -> str:
        """What became of it, on one line."""
        match self.state:
            case State.RUNS:
                return "running"
            case State.STOPPED:
                return "stopped"
            case State.LEFT:
                return "not carried out, kept in .tool_calls"
            case _:
                return _on_one_line(self.told) or "(nothing)"


@dataclass(frozen=True, slots=True)
class Step:
    """One turn before the answer: its `text` and `thought`, then the `calls` it asked for, or why it was asked `again`."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    again: str = ""
    thought: Thought | None = field(default=None)

    @property
    def is_left(self) -> bool:
        """Whether its calls were not carried out, so that nothing follows them."""
        return any(call.state is State.LEFT for call in self.calls)


def steps_html(steps: Sequence[Step]) -> str:
    """`steps` as clean HTML, one below the other."""
    return "".join(map(_step_html, steps))


def steps_text(steps: Sequence[Step]) -> str:
    """The text twin of `steps_html`.

    >>> print(steps_text([Step("Let me look.", (Call("now", {}, State.DONE, "12:00"),))]))
    Let me look.
    ✓ now()
      12:00
    """
    return "\n\n".join(filter(None, map(_step_text, steps)))


def call_text(call: Call) -> str:
    """The text twin of one call: the call, and below it what became of it."""
    return f"{call.state.value} {call.line}\n  {call.outcome}"


def again_text(reason: str) -> str:
    """The text twin of the line that says that a text was asked for again."""
    return f"↻ asked again: {_on_one_line(reason)}"


def _step_html(step: Step) -> str:
    above = "" if step.thought is None else folded(step.thought)
    if step.again:
        body = safe_html(fenced(printable(step.text), told_in("json", step.text)))
        return above + _folded("again", f"<b>↻</b> asked again: {safe_text(_on_one_line(step.again))}", body)
    said = f'<div class="racto-answer racto-said">{safe_html(printable(step.text))}</div>' if step.text.strip() else ""
    return above + said + "".join(map(_call_html, step.calls))


def _call_html(call: Call) -> str:
    arrow = f"<b>{call.state.value}</b> <code>{safe_text(call.line)}</code> → {safe_text(call.outcome)}"
    blocks = [fenced(printable(_pretty(call.arguments)), "json")] if call.line.endswith("…)") else []
    if call.state in {State.DONE, State.FAILED}:
        blocks.append(_result_block(call.told))
    return _folded(call.state.name.lower(), arrow, "".join(map(safe_html, blocks)))


def _folded(kind: str, line: str, body: str) -> str:
    """A closed block. `kind` is one of our words, `line` and `body` are clean."""
    return f'<details class="racto-step racto-{kind}"><summary>{line}</summary><div class="racto-answer">{body}</div></details>'


def _result_block(told: str) -> str:
    try:
        text, language = _pretty(json.loads(told)), "json"
    except (ValueError, RecursionError):
        text, language = told, "text"
    if len(text) > LONGEST_RESULT:
        rest = len(text) - LONGEST_RESULT
        text = f"{text[:LONGEST_RESULT]}\n… and {rest:,} more characters, kept in .tool_runs"
    return fenced(printable(text), language)


def _step_text(step: Step) -> str:
    lines = [printable(step.text).strip()]
    lines += [again_text(step.again)] if step.again else map(call_text, step.calls)
    lines += [] if step.thought is None else [f"— {note(step.thought)}"]
    return "\n".join(filter(None, lines))


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _on_one_line(text: str) -> str:
    line = " ".join(printable(text[: 20 * LONGEST_LINE]).split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1].rstrip() + "…"
