"""Hints about a prompt that is valid but will probably not do what is meant. Pure, and silent where it would have to guess."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from racto_nb.exceptions import nearest
from racto_nb.prompts.compiling import KEYWORDS, SECTIONS, PromptFields, keyword_of

_HEADING = re.compile(rf"^[ \t]*\[({'|'.join(SECTIONS)})\][ \t]*$", re.MULTILINE)
_SAYS_NOTHING = frozenset(
    {"ai", "ai assistant", "assistant", "bot", "chatbot", "helpful ai assistant", "helpful assistant", "llm"}
)


@dataclass(frozen=True, slots=True)
class LintHint:
    """One hint: the `section` it is about, such as `"CONSTRAINTS"`, and the `message` that says what to change."""

    section: str
    message: str


def lint(prompt: PromptFields) -> list[LintHint]:
    """All hints about `prompt`, in the order of its sections; an empty list when there is nothing to say."""
    hints = [hint for check in _CHECKS for hint in check(prompt)]
    return sorted(hints, key=lambda hint: SECTIONS.index(hint.section))


def _says_who(prompt: PromptFields) -> Iterator[LintHint]:
    bare = re.sub(r"^(you are |act as )?(an? |the )?", "", _plain(prompt.role))
    if bare in _SAYS_NOTHING:
        yield LintHint("ROLE", f"The role {prompt.role.strip()!r} fits every task: name the expertise that this one needs.")
    if _plain(prompt.role) == _plain(prompt.aim):
        yield LintHint("ROLE", "The role repeats the aim: the role says who the model is, the aim what it must reach.")


def _empty_sections(prompt: PromptFields) -> Iterator[LintHint]:
    if not prompt.constraints:
        yield LintHint("CONSTRAINTS", "There are no constraints, so the section is left out: name what must never happen.")
    if not prompt.tone.strip():
        yield LintHint("TONE", "There is no tone, so the section is left out: one word such as 'Concise' is enough.")


def _repeated_constraints(prompt: PromptFields) -> Iterator[LintHint]:
    first: dict[str, int] = {}
    for number, constraint in enumerate(prompt.constraints, start=1):
        earlier = first.setdefault(_plain(constraint), number)
        if earlier != number:
            yield LintHint("CONSTRAINTS", f"Constraint {number} repeats constraint {earlier}.")


def texts_of(prompt: PromptFields) -> dict[str, list[str]]:
    """What its author has written, by section."""
    described = prompt.output_format if isinstance(prompt.output_format, str) else ""
    pairs = prompt.examples or []
    return {
        "ROLE": [prompt.role],
        "AIM": [prompt.aim],
        "CONTEXT": [prompt.context or ""],
        "CONSTRAINTS": prompt.constraints,
        "TONE": [prompt.tone],
        "OUTPUT": [described],
        "EXAMPLES": [text for pair in pairs for text in pair.values()],
    }


def _headings_inside(prompt: PromptFields) -> Iterator[LintHint]:
    for section, parts in texts_of(prompt).items():
        if found := next((match for match in map(_HEADING.search, parts) if match), None):
            yield LintHint(section, f"It contains the line [{found[1]}], which the model will read as the start of a section.")


def _nearly_a_keyword(prompt: PromptFields) -> Iterator[LintHint]:
    output_format = prompt.output_format
    if not isinstance(output_format, str) or keyword_of(output_format):
        return
    words = re.findall(r"\w+", output_format.lower())
    if "json" in words:
        yield LintHint(
            "OUTPUT",
            "The format mentions JSON but is taken as a description: with 'json' or a Pydantic model the answer is also parsed.",
        )
    elif len(words) == 1 and (near := nearest(words[0], KEYWORDS, count=1)):
        yield LintHint("OUTPUT", f"{output_format.strip()!r} is taken as a description. Did you mean {near[0]!r}?")


def _examples_fit_the_output(prompt: PromptFields) -> Iterator[LintHint]:
    if not prompt.wants_json:
        return
    for number, example in enumerate(prompt.examples or [], start=1):
        if trouble := _trouble_with(example["output"], prompt):
            yield LintHint("EXAMPLES", f"The output of example {number} {trouble}: the model will follow the example.")


def _trouble_with(output: str, prompt: PromptFields) -> str:
    try:
        json.loads(output)
        if prompt.output_model is not None:
            prompt.output_model.model_validate_json(output)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        return f"does not fit {error.title} ({place}: {first['msg']})"
    except ValueError:
        return "is not JSON"
    return ""


def _plain(text: str) -> str:
    """`text` for comparing: one case, single spaces, no full stop at the end."""
    return " ".join(text.split()).casefold().rstrip(".!")


_CHECKS: tuple[Callable[[PromptFields], Iterator[LintHint]], ...] = (
    _says_who,
    _empty_sections,
    _repeated_constraints,
    _headings_inside,
    _nearly_a_keyword,
    _examples_fit_the_output,
)
