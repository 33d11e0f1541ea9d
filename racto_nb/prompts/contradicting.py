"""Rules of a prompt that cannot both be kept. Pure.

Words are compared, not meanings: a pair is named where both say the opposite in words that leave little doubt, and a rule with a
condition ("unless", "if") is left alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from racto_nb.prompts.compiling import PromptFields, keyword_of

_NUMBERS = {
    word: number
    for number, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))
}
_LIMIT = re.compile(
    r"\b(?:(?P<most>at most|(?:no|not) more than|not exceed(?:ing)?|up to|a? ?maximum of|max\.?)|(?P<under>under|below|fewer than"
    r"|less than)|(?P<least>at least|(?:no|not) (?:fewer|less) than|a? ?minimum of|min\.?)|(?P<over>more than|over)"
    rf"|(?P<exact>exactly|in))\s+(?P<number>\d{{1,6}}|{'|'.join(_NUMBERS)})\s+"
    r"(?P<unit>word|sentence|line|paragraph|bullet|item|character|point|token|step|example|question|section)s?\b",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"^\W*(?:you )?(?:please )?(?:(?:must|should|shall|may|can|do) ?not|cannot|can't|don't|mustn't|shouldn't|never|avoid|no"
    r"|without|refrain from)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:unless|except|if|when|where|only|but|other than|instead)\b", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"\b(?:answer|reply|respond|write|speak)\b[^.]*?\bin (english|german|french|spanish|italian|portuguese|dutch|polish|russian"
    r"|chinese|japanese|korean|arabic|hindi|turkish|swedish|danish|norwegian|finnish|greek|czech|ukrainian)\b",
    re.IGNORECASE,
)
_EMPTY = re.findall(
    r"\w+",
    "a an the any your all of to in and or please you must should shall do always make sure be use give write include add mention"
    " provide it them with for",
)
"""Words that do not say what a rule is about."""
_OPPOSITES: tuple[tuple[str, str], ...] = (
    (
        r"brief(?:ly)?|concise(?:ly)?|terse(?:ly)?|succinct(?:ly)?",
        r"detailed|in detail|exhaustive|thorough|comprehensive|verbose",
    ),
    (r"formal(?:ly)?", r"informal(?:ly)?|casual(?:ly)?|slang|colloquial"),
    (r"lower ?case", r"upper ?case|capitals|all caps"),
    (r"first person", r"third person"),
)
_AGAINST_OUTPUT: Mapping[str, str] = {
    "json": r"markdown|plain text|prose|headings?|bullet(?:s| points?)?|code fences?",
    "text": r"markdown|headings?|bold|json|html",
    "markdown": r"plain text|valid json|as json|json only",
}
_MOST = 40
"""Rules of which each pair is compared."""
_OUTPUT_IS = {"json": "JSON alone", "text": "plain text without markup", "markdown": "Markdown"}


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule: `called` as a hint calls it, and whether it forbids."""

    called: str
    text: str

    @property
    def forbids(self) -> bool:
        return _NEVER.search(self.text) is not None

    @property
    def subject(self) -> frozenset[str]:
        """The words that say what it is about, each without its ending."""
        rest = _NEVER.sub("", self.text)
        return frozenset(map(_stem, re.findall(r"\w+", rest.lower()))) - frozenset(map(_stem, _EMPTY))


def contradictions(prompt: PromptFields) -> Iterator[tuple[str, str]]:
    """The section and the message of each contradiction in `prompt`."""
    rules = [_Rule(f"Constraint {number}", text) for number, text in enumerate(prompt.constraints, start=1)]
    tone = [_Rule("the tone", prompt.tone)] if prompt.tone.strip() else []
    plain = [rule for rule in (*rules, *tone) if not _CONDITION.search(rule.text)]
    for one, other in combinations(plain[:_MOST], 2):
        if why := next(filter(None, (check(one, other) for check in _CHECKS)), ""):
            yield "CONSTRAINTS", f"{one.called} and {other.called.lower()} contradict each other: {why}."
    kind = "json" if prompt.wants_json else keyword_of(prompt.output_format)
    for rule in rules:
        if kind is not None and not rule.forbids and (found := _found(_AGAINST_OUTPUT[kind], rule.text)):
            yield "CONSTRAINTS", f"{rule.called} asks for {found!r}, and the output is {_OUTPUT_IS[kind]}."


def _one_forbids_the_other(one: _Rule, other: _Rule) -> str:
    if one.forbids == other.forbids or _LIMIT.search(one.text) or _LIMIT.search(other.text):
        return ""
    return "one forbids what the other asks for" if one.subject and one.subject == other.subject else ""


def _limits_leave_nothing(one: _Rule, other: _Rule) -> str:
    for first in _LIMIT.finditer(one.text):
        for second in _LIMIT.finditer(other.text):
            (low, high), (least, most) = _ends(first), _ends(second)
            if first["unit"].lower() == second["unit"].lower() and (low > most or least > high):
                return f"{first[0]!r} and {second[0]!r}"
    return ""


def _opposite_styles(one: _Rule, other: _Rule) -> str:
    for left, right in _OPPOSITES:
        sides = [(_found(left, rule.text), _found(right, rule.text)) for rule in (one, other)]
        if all(bool(side[0]) != bool(side[1]) for side in sides):
            wants = [bool(side[0]) != rule.forbids for side, rule in zip(sides, (one, other), strict=True)]
            if wants[0] != wants[1]:
                return " and ".join(repr(side[0] or side[1]) for side in sides)
    return ""


def _two_languages(one: _Rule, other: _Rule) -> str:
    found = [_LANGUAGE.search(rule.text) for rule in (one, other) if not rule.forbids]
    names = {match[1].title() for match in found if match is not None}
    return " and ".join(sorted(names)) if len(names) == 2 else ""  # noqa: PLR2004  (one of each rule)


_CHECKS: tuple[Callable[[_Rule, _Rule], str], ...] = (
    _one_forbids_the_other,
    _limits_leave_nothing,
    _opposite_styles,
    _two_languages,
)


def _ends(limit: re.Match[str]) -> tuple[float, float]:
    number = _NUMBERS[limit["number"].lower()] if not limit["number"].isdigit() else int(limit["number"])
    if limit["exact"]:
        return number, number
    if limit["most"] or limit["under"]:
        return 0, number - (1 if limit["under"] else 0)
    return number + (1 if limit["over"] else 0), math.inf


@lru_cache(maxsize=2048)
def _found(pattern: str, text: str) -> str:
    match = re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE)
    return "" if match is None else match[0].lower()


def _stem(word: str) -> str:
    for ending in ("ing", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 2:  # noqa: PLR2004  (what is left must be a word)
            return word[: -len(ending)]
    return word
