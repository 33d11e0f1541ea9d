"""Every number of an answer, looked up in the rows: found, computed from them, or flagged. Nothing is ever changed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from racto_nb.pipelines.sql_analyst.answering.comparing import Compared, Named
from racto_nb.pipelines.sql_analyst.answering.dates import WrittenDate, dates_in
from racto_nb.pipelines.sql_analyst.answering.known import Fact, Facts, Known, days_in
from racto_nb.pipelines.sql_analyst.answering.reading import Written, numbers_in

_NOT_AMOUNTS = re.compile(
    r"^[ \t]*(?:[-*+>][ \t]+)?\(?\d{1,3}[.)](?=\s)"  # the number of an item in a list
    r"|#\d{1,4}\b|\[\^?\d{1,3}\]|(?<!\w)\d{1,4}(?:st|nd|rd|th)\b"
    r"|\b(?:rows?|steps?|figure|fig\.|table|note|options?|rank(?:ed)?|place|position|number|no\.|section|chapter)[ ]\d{1,4}\b"
    r"(?![.,]?\d|[ ]?%)"
    r"|^[ \t]*```(?:sql|python|py)\b.*?^[ \t]*```",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_LEADING = re.compile(
    r"\b(?:top|first|last|next|bottom|best|worst|leading|ersten?|letzten?|premiers?|derniers?|primeros?)\s+$", re.IGNORECASE
)
_COMPARED = re.compile(
    r"\b(?:more|less|fewer|higher|lower|larger|smaller|greater|difference|gap|between|increas\w*|decreas\w*|r[io]se|risen|fell|fall\w*|"
    r"grew|grow\w*|drop\w*|declin\w*|up|down|chang\w*|ahead|behind|lead\w*|exceed\w*|than|vs|versus|compar\w*|gain\w*|los[st]\w*|"
    r"diff|points?|ratio|margin|share|portion|of the|relative|average|accounts?|out of|mehr|weniger|höher|niedriger|unterschied|"
    r"differenz|anstieg|rückgang|gegenüber|anteil|verglichen|plus|moins|écart|différence|hausse|baisse|más|menos|diferencia|"
    r"aumento|più|meno)\b|Δ",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"\b(?:total|sum|altogether|combined|together|overall|both|cumulative|top|first|zusammen|insgesamt|gesamt|ensemble|juntos|"
    r"insieme)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FlaggedNumber:
    """A number that is neither in the rows nor simply computed from them: `answer[start:end]`. `nearest` is the value in the rows
    that comes nearest, None where there is no number at all. It may still be right; nobody but the model says so."""

    text: str
    start: int
    end: int
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class DerivedNumber:
    """A number that is computed from the rows: `answer[start:end]`, and `how`: "the sum of 'sales'"."""

    text: str
    start: int
    end: int
    how: str


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What the numbers of an answer are: `found` stand in the rows, the names, the question or the SQL, at
    `places` of the text."""

    found: int
    derived: tuple[DerivedNumber, ...] = ()
    flagged: tuple[FlaggedNumber, ...] = ()
    places: tuple[tuple[int, int], ...] = ()


def checked_numbers(text: str, frames: Sequence[pl.DataFrame], *, question: str = "", sql: str = "") -> NumberCheck:
    """All numbers and dates of `text`, looked up in `frames`. The text itself is never changed.

    A number is found if a value of the rows, rounded to the digits that are written, is it: 1,234.5, 1 234,5, 1.2k, 3.4 million
    and 12 % (also of 0.12) are read; "about 1,200" may stand for 1,234, and 30 for -30. Numbers of the question and the SQL count
    as found. Counts of rows and names, sums, means and medians are derived, and so are shares in percent; differences, ratios,
    changes in percent and sums of some values only where the sentence compares or joins. Numbers in words are not read, nor those
    of lists ("1."), ranks ("3rd", "#1") and code.

    >>> rows = pl.DataFrame({"city": ["Oslo", "Rome"], "sales": [1234.5, 800.0]})
    >>> check = checked_numbers("Oslo sold 1.2k, in total 2,034.50. Rome sold 900.", [rows])
    >>> check.derived[0].how, check.flagged[0].text, check.flagged[0].nearest
    ("the sum of 'sales'", '900', '800')
    """
    known = Known(frames, f"{question}\n{sql}")
    compared = [Compared(frame) for frame in frames]
    return _Checker(text, known, compared, max((frame.height for frame in frames), default=0)).checked()


@dataclass(frozen=True, slots=True)
class _Checker:
    text: str
    known: Known
    compared: Sequence[Compared]
    rows: int

    def checked(self) -> NumberCheck:
        found, derived, flagged = list[tuple[int, int]](), list[DerivedNumber](), list[FlaggedNumber]()
        dates = dates_in(self.text)
        for date in dates:
            if self._knows_date(date):
                found.append((date.start, date.end))
            else:
                flagged.append(FlaggedNumber(date.text, date.start, date.end))
        for number in self._amounts(dates):
            told = self._told(number)
            if told == "":
                found.append((number.start, number.end))
            elif told is not None:
                derived.append(DerivedNumber(number.text, number.start, number.end, told))
            else:
                flagged.append(FlaggedNumber(number.text, number.start, number.end, self._nearest(number)))
        flagged.sort(key=lambda each: each.start)
        return NumberCheck(len(found), tuple(derived), tuple(flagged), tuple(sorted(found)))

    def _amounts(self, dates: Sequence[WrittenDate]) -> Iterator[Written]:
        """The numbers that say how much: not those of dates, lists and ranks. Two that stand side by side are two."""
        aside = [(date.start, date.end) for date in dates] + [match.span() for match in _NOT_AMOUNTS.finditer(self.text)]
        for number in numbers_in(self.text):
            parts = number.parts if number.parts and self._told(number) is None else (number,)
            for part in parts:
                if not any(start < part.end and part.start < end for start, end in aside):
                    yield part

    def _told(self, number: Written) -> str | None:
        """How a number is known: "" where it stands in the rows, words where it is computed, None where it is neither."""
        if self._stands(number):
            return ""
        likely = replace(number, readings=tuple(each for each in number.readings if each is number.readings[0] or each.unit >= 1))
        for facts in self._computed(number):
            fact = self._within(facts, likely, closely=facts is not self.known.totals)
            if fact is not None:
                return fact.told
        return None

    def _stands(self, number: Written) -> bool:
        known = self.known
        if any(self._within(facts, number) for facts in (known.cells, known.question, known.words)):
            return True
        if number.kind == "percent" and self._within(known.cells, number, scale=0.01):
            return True
        first = number.readings[0]
        if _LEADING.search(self.text, 0, number.start) is not None:
            return first.value <= self.rows
        return first.unit == 1 and any(day.year == first.value for day in known.dates)

    def _within(self, facts: Facts, number: Written, *, scale: float = 1.0, closely: bool = False) -> Fact | None:
        """The fact that a number rounds, also without its sign: a loss of 30 is -30. `closely`: to a tenth of it at most."""
        for reading in number.readings:
            slack = min(reading.unit / 2, abs(reading.value) / 10) if closely else reading.unit / 2
            middle = reading.value + number.side * slack * (-1 if reading.value < 0 else 1)
            # A minus that the rows do not have is wrong, but a difference may be told with one.
            for value in (middle,) if reading.value < 0 and not closely else (middle, -middle):
                fact = facts.within(value * scale, slack * scale)
                if fact is not None:
                    return fact
        return None

    def _computed(self, number: Written) -> Iterator[Facts]:
        """The computed numbers that may stand in such a place. The more there are, the plainer the sentence must say so."""
        sentence = _sentence(self.text, number)
        compared = number.kind == "times" or _COMPARED.search(sentence) is not None
        if number.kind != "times":
            yield self.known.totals
        for results in self.compared:
            named = results.named(sentence)
            if number.kind == "percent":
                yield results.shares(named)
            if compared:
                yield _comparison(results, named, number, sentence)
            if number.kind == "plain" and _JOINED.search(sentence) is not None:
                yield results.sums(named)

    def _knows_date(self, date: WrittenDate) -> bool:
        if not date.readings:
            return date.time in self.known.times or date.text in self.known.given
        days = {*self.known.dates, *days_in(self.known.given)}
        if not days:  # a column of years, and one of months
            return any(
                self.known.cells.within(year, 0) or self.known.question.within(year, 0) for year, _, _ in date.readings if year
            )
        return any(
            year in {None, day.year} and month == day.month and wanted in {None, day.day}
            for year, month, wanted in date.readings
            for day in days
        )

    def _nearest(self, number: Written) -> str | None:
        nearest = self.known.cells.nearest(number.readings[0].value)
        return None if nearest is None else f"{nearest.value:.15g}"


def _comparison(results: Compared, named: Named, number: Written, sentence: str) -> Facts:
    """What a number that compares may be, as it is written: points are differences of percentages."""
    if number.kind == "percent" and not re.search(r"points?|pp\b", number.text, re.IGNORECASE):
        return results.changes(named)
    return results.ratios(named) if number.kind == "times" or "ratio" in sentence.casefold() else results.differences(named)


def _sentence(text: str, number: Written) -> str:
    """The sentence around a number; in a table its row and the heads."""
    start = text.rfind("\n", 0, number.start) + 1
    end = text.find("\n", number.end)
    line = text[start : end if end >= 0 else len(text)]
    if line.lstrip().startswith("|"):
        return f"{_heads(text, start)} {line}"
    begin = max((match.end() for match in re.finditer(r"[.!?;]\s", text[start : number.start])), default=0)
    stop = re.search(r"[.!?;](?=\s|$)", text[number.end : start + len(line)])
    return text[start + begin : number.end + stop.start() if stop else start + len(line)]


def _heads(text: str, start: int) -> str:
    """The first line of the table whose row begins at `start`."""
    above = text[:start].rstrip("\n").split("\n")
    heads = ""
    for line in reversed(above):
        if not line.lstrip().startswith("|"):
            break
        heads = line
    return heads
