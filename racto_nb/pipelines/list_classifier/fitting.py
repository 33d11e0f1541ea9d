"""Which option a written label is: the same text, or, where the user allows it, one with a typing error in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from racto_nb.pipelines.list_classifier.forms import Form
from racto_nb.pipelines.list_classifier.labels import NONE_FITS

_WORD = re.compile(r"\w+")
_NUMBERED = re.compile(r"#?(\d+)(?:[.):]?\s+(.*))?", re.DOTALL)
_AROUND = " \t\r\n\"'`*_.,;:()[]{}<>\u201c\u201d\u2018\u2019\u00ab\u00bb"
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Fit:
    """An option, and whether a typing error was corrected on the way to it."""

    option: str
    corrected: bool = False


def fit_of(form: Form, written: object, *, fuzzy: bool) -> Fit | None:
    """The choice of `form` that an answer has `written`, a text or a number; None where it is none."""
    if isinstance(written, bool) or not isinstance(written, str | int):
        return None
    if form.numbered and (found := _by_number(form, str(written))) is not None:
        return Fit(found)
    if isinstance(written, int):
        written = str(written)
    if (exact := exact_choice(form, written)) is not None:
        return Fit(exact)
    near = _near(form, written) if fuzzy else None
    return None if near is None else Fit(near, corrected=True)


def exact_choice(form: Form, written: str) -> str | None:
    """The choice that is `written`, but for case and spaces as the labels allow, and for marks around it."""
    for text in (written, written.strip(_AROUND)):
        if (found := form.labels.named(text)) is not None:
            return found
        if NONE_FITS in form.choices and form.labels.key(text) in {NONE_FITS, NONE_FITS.strip("()")}:
            return NONE_FITS
    return None


def _by_number(form: Form, written: str) -> str | None:
    """The choice of a number, also with its label behind; None where the two do not agree."""
    match = _NUMBERED.fullmatch(written.strip())
    if match is None or len(match[1]) > len(str(len(form.labels.options))):
        return None
    number = int(match[1])
    if number == 0:
        return NONE_FITS if NONE_FITS in form.choices else None
    found = form.labels.options[number - 1] if number <= len(form.labels.options) else None
    if found is not None and match[2]:
        return found if exact_choice(form, match[2]) == found else None
    return found


def _near(form: Form, written: str) -> str | None:
    """The one option from which `written` differs by typing errors only; None where there is none, or more than one."""
    found = [option for option in form.labels.options if is_typing_error(form.labels.key(written), form.labels.key(option))]
    return found[0] if len(found) == 1 else None


def is_typing_error(written: str, meant: str) -> bool:
    """Whether `written` is `meant` with a letter or two mistyped, and cannot be another word, or its opposite.

    As many words, each with the same beginning and nearly the same letters; short words and numbers must be the same. So
    "Unsubscribe", "Not billing" and "non-billing" are never taken for "Subscribe" and "Billing".

    >>> is_typing_error("bililng", "billing"), is_typing_error("not billing", "billing"), is_typing_error("unbilling", "billing")
    (True, False, False)
    """
    left, right = _WORD.findall(written), _WORD.findall(meant)
    if _between(written) != _between(meant) or len(left) != len(right) or not left:
        return False
    return all(_is_mistyped(one, other) for one, other in zip(left, right, strict=True))


def _between(text: str) -> list[str]:
    """What stands between the words, without spaces: a sign there may turn a meaning."""
    return [sign.strip() for sign in _WORD.split(text)]


def _is_mistyped(written: str, meant: str) -> bool:
    if written == meant:
        return True
    if not (written.isalpha() and meant.isalpha()) or min(len(written), len(meant)) < 5 or written[:2] != meant[:2]:  # noqa: PLR2004  (letters)
        return False
    # An affix makes another word of a word: "paid" and "unpaid", "care" and "careless".
    if written.startswith(meant) or meant.startswith(written) or written.endswith(meant) or meant.endswith(written):
        return _is_letter_twice(written, meant)
    same = SequenceMatcher(None, written, meant, autojunk=False).ratio()
    swapped = sorted(written) == sorted(meant)
    return abs(len(written) - len(meant)) <= 1 and (swapped or same >= _ALIKE) and written[-1:] == meant[-1:]


def _is_letter_twice(written: str, meant: str) -> bool:
    longer, shorter = sorted((written, meant), key=len, reverse=True)
    return len(longer) - len(shorter) == 1 and longer[-2:] == shorter[-1] * 2


def mentioned(text: str, options: Iterable[str], *, case_sensitive: bool) -> set[str]:
    """The options that stand in `text` as words of their own; one within a longer one ("Sales" in "Sales EU") does not count."""
    flags = re.NOFLAG if case_sensitive else re.IGNORECASE
    rest, found = text, set[str]()
    for option in sorted(options, key=len, reverse=True):
        words = r"\s+".join(map(re.escape, option.split()))
        pattern = re.compile(rf"(?<![\w-]){words}(?![\w-])", flags)
        if pattern.search(rest):
            found.add(option)
            rest = pattern.sub(lambda match: "\x00" * len(match[0]), rest)
    return found
