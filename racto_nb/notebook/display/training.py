"""Training examples and datasets, as HTML with a text twin. What they say is foreign: everything is escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from racto_nb.notebook.display.figures import folded
from racto_nb.notebook.display.passages import bundled, excerpt
from racto_nb.notebook.display.sanitising import printable, safe_text

if TYPE_CHECKING:
    from racto_nb.finetune.calls import TrainingToolCall
    from racto_nb.finetune.collection import Collection
    from racto_nb.finetune.examples import Provenance, RactoTrainingExample
    from racto_nb.finetune.messages import Attachment, RactoTrainingMessage

MOST = 10
"""Examples of a dataset that are shown at once."""
LONGEST = 2_000
"""Characters of a turn that are shown at once."""
_CELL = 110
"""Characters of a question and of an answer in the table of a dataset."""


def example_bundle(example: RactoTrainingExample) -> dict[str, str]:
    """An example turn by turn: who speaks, what is said, files and calls; then what is preferred or expected, tags and origin."""
    turns = [*_named(example.messages), *_named(example.preferred, "preferred"), *_named(example.rejected, "rejected")]
    html = "".join(_turn_html(name, message) for name, message in turns)
    text = "\n".join(_turn_text(name, message) for name, message in turns)
    if example.tools:
        names = ", ".join(tool.name for tool in example.tools)
        html += folded(f"{len(example.tools)} tool{'' if len(example.tools) == 1 else 's'}", f"<p>{safe_text(names)}</p>")
    return bundled(html, text, " · ".join(_below(example)))


def dataset_bundle(data: Collection) -> dict[str, str]:
    """The first examples of a dataset, a line each: how many turns, the first question, the last answer."""
    messages = sum(len(example.messages) for example in data)
    return first_examples(data.examples[:MOST], len(data), f"{messages:,} messages")


def first_examples(examples: Sequence[RactoTrainingExample], count: int, about: str) -> dict[str, str]:
    """The first `examples` of `count`, a line each, with what else is to be said `about` them below."""
    rows = [_row(number, example) for number, example in enumerate(examples[:MOST])]
    told = f"{count:,} example{'' if count == 1 else 's'} · {about}"
    more = f" · {count - MOST:,} more are not shown" if count > MOST else ""
    heads = ("#", "turns", "question", "answer", "tags")
    shown = [row[:-1] for row in rows] if not any(row[-1] for row in rows) else rows
    named = heads[: len(shown[0])] if shown else heads
    html = _table(named, shown) if shown else '<p class="racto-quiet">It has no example yet: add(example) puts one in.</p>'
    return bundled(html, "\n".join("  ".join(row) for row in shown), told + more)


def _named(messages: Sequence[RactoTrainingMessage], which: str = "") -> Iterator[tuple[str, RactoTrainingMessage]]:
    for message in messages:
        yield " · ".join(filter(None, (_said(message.role) or "(no role)", _said(message.name), which))), message


def _turn_html(name: str, message: RactoTrainingMessage) -> str:
    content = _said(message.content)
    said = excerpt(content, most=LONGEST).html if content else ""
    lines = "".join(f'<p class="racto-quiet">{safe_text(line)}</p>' for line in _beside(message))
    quote = f'<div class="racto-quote">{said}</div>' if said else ""
    return f'<div class="racto-hit"><div class="racto-hit-head"><b>{safe_text(name)}</b></div>{quote}{lines}</div>'


def _turn_text(name: str, message: RactoTrainingMessage) -> str:
    content = _said(message.content)
    said = printable(content[:LONGEST]) + (" …" if len(content) > LONGEST else "")
    return "\n".join([f"{printable(name)}: {said}", *(f"  {printable(line)}" for line in _beside(message))])


def _said(text: object) -> str:
    """A text as it is. Nothing checks a message when it is made: of what is none, its kind is shown, as `validate` says it."""
    return text if isinstance(text, str) else "" if text is None else f"({type(text).__name__}, no text)"


def _beside(message: RactoTrainingMessage) -> Iterator[str]:
    """A line for each file and each call, and for what is unusual about a turn."""
    yield from (_file(each) for each in message.attachments)
    yield from (_call(each) for each in message.tool_calls)
    if message.tool_call_id is not None:
        yield f"answers the call {message.tool_call_id}"
    if message.weight is not None:
        yield f"weight {message.weight}"
    if message.extra:
        yield f"besides: {', '.join(map(str, message.extra))}"


def _file(attachment: Attachment) -> str:
    size = getattr(attachment, "data", None)
    if size is None:
        return f"file {getattr(attachment, 'uri', '')} ({attachment.mime_type or 'of unknown kind'})"
    return f"file {getattr(attachment, 'name', '') or '(no name)'} ({attachment.mime_type}, {len(size):,} bytes)"


def _call(call: TrainingToolCall) -> str:
    return f"calls {call.name}({excerpt(_said(call.arguments), most=_CELL).plain})"


def _below(example: RactoTrainingExample) -> Iterator[str]:
    yield f"{len(example.messages)} message{'' if len(example.messages) == 1 else 's'}"
    if example.preferred or example.rejected:
        yield f"{len(example.preferred)} preferred, {len(example.rejected)} rejected"
    if example.reference is not None:
        yield f"expected: {', '.join(f'{key} = {value!r:.60}' for key, value in example.reference.items())}"
    yield from (f"{key}: {value}" for key, value in (example.tags or {}).items())
    if example.provenance is not None:
        yield _origin(example.provenance)


def _origin(provenance: Provenance) -> str:
    parts: Iterable[str] = (provenance.reference, provenance.model, provenance.made, provenance.note)
    return f"from {provenance.source}" + "".join(f", {part}" for part in parts if part)


def _row(number: int, example: RactoTrainingExample) -> tuple[str, ...]:
    asked = next((_said(each.content) for each in example.messages if each.role == "user"), "")
    final = example.preferred or example.messages
    answer = next((each for each in reversed(final) if each.role == "assistant"), None)
    said = "" if answer is None else _said(answer.content) or ", ".join(_call(each) for each in answer.tool_calls)
    tags = ", ".join(f"{key}: {value}" for key, value in (example.tags or {}).items())
    return str(number), str(len(example.messages)), excerpt(asked, most=_CELL).plain, excerpt(said, most=_CELL).plain, tags


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{safe_text(name)}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{safe_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<table class="racto-examples"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
