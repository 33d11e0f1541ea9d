"""Texts that look wrong: left open, cut off, of another kind than the rest. Hints, since each may be meant. Pure functions."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Sequence

import msgspec

from racto_nb.finetune.checking.mending import with_turns
from racto_nb.finetune.checking.naming import is_system, meant
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import surveyed
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.messages import RactoTrainingMessage

Examples = Sequence[RactoTrainingExample]

_LEFT_OPEN = re.compile(
    r"\b(?:TODO|FIXME|TBD|PLACEHOLDER)\b|\b[Ll]orem ipsum\b"
    r"|\[(?:insert|Insert|INSERT|your|Your) [^\]\n]{1,60}\]|\{\{ ?\w{1,60} ?\}\}"
)

_OPEN_WORDS = frozenset(
    "a an and are as at because but by for from if in is of on or that the their to was when which with".split()  # noqa: SIM905  (words are read more easily so)
)
_OPEN_SIGNS = (",", ";", "(", "[", "{", "\N{EN DASH}", "\N{EM DASH}", " -")
_LONG = 40
"""Shorter answers are labels and names as often as sentences."""
_TAIL = 60

_MANY_TIMES, _LETTERS = 50, 2000


def _placeholders(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, example in enumerate(examples):
        for number, message in enumerate((*example.messages, *example.preferred, *example.rejected)):
            text = message.content
            if _may_be_open(text) and (found := _LEFT_OPEN.search(text)):
                says = f"Something was left open: {found[0]!r:.80}."
                yield Finding("placeholder_text", "hint", says, example=place, message=number, shown=found[0])


def _may_be_open(text: str) -> bool:
    """Whether the pattern could be in a text. A single letter is looked for many times faster than a pattern."""
    capitals = ("D" in text and ("TODO" in text or "TBD" in text or "PLACEHOLDER" in text)) or ("X" in text and "FIXME" in text)
    return capitals or "[" in text or "{{" in text or "ipsum" in text


def _cut(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, number, message in surveyed(examples).answers():
        if len(message.content) >= _LONG and (why := _cut_off(message.content)):
            shown = message.content[-_TAIL:].strip()
            yield Finding("cut_text", "hint", f"The answer looks cut off: {why}.", example=place, message=number, shown=shown)


def _cut_off(text: str) -> str:
    """Why a text looks cut off; empty where it does not."""
    if text.count("```") % 2:
        return "a block of code is not closed"
    tail = text[-_TAIL:].rstrip()
    if tail.endswith(_OPEN_SIGNS):
        return f"it ends with {tail[-1]!r}"
    last = tail[tail.rfind(" ") + 1 :]
    return f"it ends with {last!r}" if last in _OPEN_WORDS else ""


def _whitespace(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    read = surveyed(examples)
    for place in read.edges:
        for number, message in enumerate(read[place].turns()):
            text = message.content
            if text and (text[0].isspace() or text[-1].isspace()) and not text.isspace() and meant(message.role) != "tool":
                says = "The text begins or ends with empty space, which is learnt too."
                fix = "" if message.parts else 'fix(rules=["whitespace_at_ends"]) takes it off.'
                yield Finding("whitespace_at_ends", "hint", says, example=place, message=number, fix=fix)


def _stripped(examples: Examples, findings: Sequence[Finding]) -> list[RactoTrainingExample]:
    def change(message: RactoTrainingMessage) -> RactoTrainingMessage:
        # Texts between files stand in `parts`, where the space between them may be meant.
        return message if message.parts else msgspec.structs.replace(message, content=message.content.strip())

    return with_turns(examples, findings, change)


def _system_texts(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    read, texts, without = surveyed(examples), dict[str, int](), list[int]()
    for order, places in read.orders.items():
        numbers = [number for number, role in enumerate(order) if is_system(meant(role))]
        for place in places:
            for number in numbers:
                text = read[place].messages[number].content
                texts[text] = min(place, texts.get(text, place))
        without += [] if numbers else places
    if texts and without:
        says = f"{len(without):,} of {len(examples):,} examples have no system text, the first is example {min(without)}."
        yield Finding("system_texts_differ", "hint", says, fix="Give all of them the one that the model will be asked with.")
    alike: dict[str, str] = {}
    for text, place in sorted(texts.items(), key=lambda text: text[1]):
        first = alike.setdefault(" ".join(text.casefold().split()), text)
        if first != text:
            says = f"Its system text differs from that of example {texts[first]} in letter case or spaces alone."
            yield Finding("system_texts_differ", "hint", says, example=place, fix="Write it the same everywhere.")


def _lengths(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    sizes = [0] * len(examples)
    for place, _number, message in surveyed(examples).answers():
        sizes[place] += len(message.content)
    usual = statistics.median(sizes) if sizes else 0
    over = [place for place, size in enumerate(sizes) if size > max(_LETTERS, _MANY_TIMES * usual)]
    if over and usual:
        longest = max(over, key=lambda place: sizes[place])
        says = (
            f"{len(over):,} answers have more than {_MANY_TIMES} times the {usual:,.0f} letters that are usual; "
            f"the longest is that of example {longest} ({sizes[longest]:,})."
        )
        yield Finding("lengths_differ", "hint", says, fix="A few such answers weigh more than all others.")


RULES = (
    Rule("placeholder_text", "hint", "Something was left open, such as TODO, lorem ipsum or {{name}}.", _placeholders),
    Rule("cut_text", "hint", "An answer looks cut off: an open block of code, or a comma or a word like 'the' at its end.", _cut),
    Rule(
        "whitespace_at_ends",
        "hint",
        "A text begins or ends with empty space.",
        _whitespace,
        mend=_stripped,
        when_named=True,
    ),
    Rule(
        "system_texts_differ",
        "hint",
        "Some examples have a system text and others none, or it is written in two ways.",
        _system_texts,
    ),
    Rule("lengths_differ", "hint", f"A few answers are more than {_MANY_TIMES} times as long as usual.", _lengths),
)
