"""What personal data looks like: precise shapes and checksums, since a false alarm per page helps nobody. Data and pure checks.

Every repetition in a pattern is bounded, or cannot be given back (`++`), so that no text makes the search take long. What needs
a word before it (a passport, a date of birth) is found only where that word is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import partial

from racto_nb.finetune.privacy.checksums import IBAN_LENGTHS, is_card, is_iban
from racto_nb.finetune.privacy.found import Kind

_FILES = frozenset({"css", "gif", "ico", "jpeg", "jpg", "js", "json", "md", "png", "py", "svg", "ts", "webp"})
_NOBODY = frozenset({"git"})
_IPV6_COLONS = 3

_EMAIL = re.compile(r"@(?:[^\W_][\w-]{0,62}\.(?=[^\W_])){1,6}+(?P<top>[^\W\d_]{2,24})(?![\w@-])")
_LOCAL = re.compile(r"[\w+%][\w.+%-]{0,63}$")
_LOGIN = re.compile(r"://[^/\s@]{0,64}$")
_LONGEST_LOCAL = 64
_IBAN = re.compile(r"[A-Z](?<![A-Za-z0-9].)[A-Z]\d\d[ -]?[A-Z0-9]{4}(?:[ -]?[A-Z0-9]){5,30}")
_CARD = re.compile(r"[23456](?<![\w.+-].)(?<!\d[ ,].)(?:[ -]?\d){13,18}(?![\w-])(?!\.\d)")
_SSN = re.compile(r"\d(?<![\w-].)\d\d-\d\d-\d{4}(?![\w-])")
_SSN_NAMED = re.compile(
    r"\b(?:ssn|social[ _-]security(?:[ _-](?:number|no))?)\b[^\w\n]{1,4}(?:is )?(?P<number>\d{3}[ -]?\d\d[ -]?\d{4})(?![\w-])",
    re.IGNORECASE,
)
_ABROAD = re.compile(
    r"\+(?<![\w.+]\+)[1-9](?:[ ./()-]{0,2}\d){6,14}(?!\w)"  # +44 20 7946 0958
)
_NATIONAL = re.compile(
    r"00[1-9]\d{1,2}(?:[ /-]\d{2,9}){2,5}"  # 0049 30 901820
    r"|(?:1[ .-])?\([2-9]\d\d\)[ .-]?\d{3}[ .-]\d{4}"  # (212) 555-0123
    r"|(?:1[.-])?[2-9]\d\d(?P<one>[.-])[2-9]\d\d(?P=one)\d{4}"  # 212-555-0123
    r"|\(?0[1-9]\d{1,4}\)?[ /-]\d{3,4}[ -]?\d{3,4}"  # 020 7946 0958, 030/901820
    r"|0[1-9](?P<two>[ .-])\d\d(?:(?P=two)\d\d){3}"  # 01 23 45 67 89
)
_GROUPS = re.compile(r"[(\d](?:[ ./()-]{0,2}\d){6,17}+")
_NAMED = re.compile(
    r"\b(?:phone|telephone|tel|mobile|cell|fax|whatsapp|call(?: me)?(?: at| on)?|telefon|handy|téléphone|teléfono|móvil)"
    r"(?:[ _-]?(?:number|no|nr|nummer))?[\"'\u2019]?\.?(?: is|:| at|=)?[ \"']{0,3}"
    r"(?P<number>\(?\d(?:[ ./()-]{0,2}\d){6,14})(?!\w)",
    re.IGNORECASE,
)
_BEFORE_A_NUMBER = frozenset("._+/-(")
_IPV4 = re.compile(r"\d(?<![\w.].)\d{0,2}(?:\.\d{1,3}){3}(?![\w-])(?!\.\w)")
_IPV6 = re.compile(r"[0-9A-Fa-f](?<![\w:.].)[0-9A-Fa-f]{0,3}:(?:[0-9A-Fa-f]{0,4}:){2,6}[0-9A-Fa-f]{1,4}(?![\w:])")
_VERSION_BEFORE = re.compile(r"(?:\bversion|\bv|\brelease|\bsection|\bchapter|§)[ .:]{0,2}$", re.IGNORECASE)
_MAC = re.compile(r"[0-9A-Fa-f](?<![\w:-].)[0-9A-Fa-f](?P<between>[:-])(?:[0-9A-Fa-f]{2}(?P=between)){4}[0-9A-Fa-f]{2}(?![\w:-])")
_PASSPORT = re.compile(
    r"\b(?:passport|passeport|pasaporte|passaporto|reisepass|paspoort)(?:nummer)?"
    r"(?:[ _-](?:number|no|nr|n°|id|número|numéro))?[\"'\u2019]?\.?[ :#=\"']{1,4}(?:is |ist |est |es )?"
    r"(?P<number>[A-Z]{0,2}\d{6,9}|[A-Z][A-Z0-9]{8})(?!\w)",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|februar|märz|mai|juni|juli|okt|dez|janv|févr|mars|avril|juin|juil"
    r"|août|déc|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)[a-zé]{0,6}"
)
_DATE = (
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)|\d{4}[./-]\d{1,2}[./-]\d{1,2}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)? (?:de |of )?{_MONTH}\.?,?(?: de)? \d{{4}}|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
)
_BIRTH = re.compile(
    r"(?:\bborn(?: on)?|birth(?:[ _-]?da(?:te|y))?|\bd\.?o\.?b\b\.?|\bgeboren(?: am)?|\bgeb\.|\bgeburtsdatum|\bnée? le"
    r"|naissance|nacimiento|\bnacid[oa] el|nascita|geboortedatum)"
    rf"[\"'\u2019]?(?: is| ist| est| es| was)?[ :=(\"']{{1,4}}(?P<date>{_DATE})(?!\w)",
    re.IGNORECASE,
)
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive"
    r"|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Way|Close|Crescent|Parkway)"
)
_WORD = r"[A-Z][\w'\u2019-]{0,30}"
_ADDRESS = re.compile(
    rf"\d(?<![\w.].)\d{{0,4}}[A-Za-z]? (?:{_WORD}\.? ){{1,4}}{_STREET}\b\.?(?:,? (?:Apt|Suite|Unit|Flat|#)\.? ?\w{{1,6}})?"
    rf"(?:, ?|\n| )(?:{_WORD}[ ,]{{1,2}}){{1,4}}(?:[A-Z]{{2}},? \d{{5}}(?:-\d{{4}})?|[A-Z]{{1,2}}\d[A-Z\d]? \d[A-Z]{{2}})(?!\w)"
)
_ADDRESS_GERMAN = re.compile(
    r"(?<!\w)[A-ZÄÖÜ][\wäöüß-]{0,40}(?:straße|strasse|str\.|weg|platz|allee|gasse| Straße| Allee| Platz) \d{1,4} ?[a-z]?"
    r"(?:, ?|\n)(?:D-|A-|CH-)?\d{4,5} [A-ZÄÖÜ][\wäöüß-]{1,40}"
)


def _email(match: re.Match[str]) -> tuple[int, int] | None:
    """The sign and what follows it, with the name that stands before; not who logs in to a server, `https://ann:word@host`."""
    end = match.start()
    local = _LOCAL.search(match.string[max(0, end - _LONGEST_LOCAL) : end])
    if local is None or local.group() in _NOBODY or match["top"].lower() in _FILES:
        return None
    start = end - len(local.group())
    return None if _LOGIN.search(match.string[max(0, start - _LONGEST_LOCAL) : start]) else (start, match.end())


def _iban(match: re.Match[str]) -> tuple[int, int] | None:
    """Cut to the length of the country: the pattern takes words in capitals that follow."""
    piece = match.group()
    plain = [place for place, sign in enumerate(piece) if sign.isalnum()]
    length = IBAN_LENGTHS.get(piece[:2], 0)
    if not length or len(plain) < length:
        return None
    end = plain[length - 1] + 1
    closed = end == len(piece) or not piece[end].isalnum()
    if not closed or not is_iban("".join(piece[place] for place in plain[:length])):
        return None
    return match.start(), match.start() + end


def _card(match: re.Match[str]) -> tuple[int, int] | None:
    return match.span() if is_card(digits_of(match.group())) else None


def _phone(match: re.Match[str]) -> tuple[int, int] | None:
    """Digits in the groups in which a country writes its numbers, and nothing that belongs to them on either side."""
    text, (start, end) = match.string, match.span()
    before, after = text[start - 1 : start], text[end : end + 1]
    joined = before.isalnum() or before in _BEFORE_A_NUMBER or after.isalnum() or after in {"_", "-"}
    if joined or not _NATIONAL.fullmatch(match.group()):
        return None
    return start, end


def _ssn(match: re.Match[str]) -> tuple[int, int] | None:
    """None of the numbers that were never given out."""
    group = "number" if match.re is _SSN_NAMED else 0
    area, middle, last = (digits := digits_of(match[group]))[:3], digits[3:5], digits[5:]
    never = area in {"000", "666"} or area >= "900" or middle == "00" or last == "0000"
    return None if never else match.span(group)


def _ipv4(match: re.Match[str]) -> tuple[int, int] | None:
    """Not this machine, masks, or what is rather a version or the number of a section: 1.2.3.4."""
    numbers = [int(number) for number in match.group().split(".")]
    nowhere = numbers[0] in {0, 127, 255} or max(numbers) < 10 or max(numbers) > 255  # noqa: PLR2004  (one digit each; one byte each)
    version = _VERSION_BEFORE.search(match.string, max(0, match.start() - 12), match.start())
    return None if nowhere or version else match.span()


def _ipv6(match: re.Match[str]) -> tuple[int, int] | None:
    """Only with a digit and several groups: `a::b` is a name in many languages of programmers."""
    whole = match.group()
    if whole.count(":") < _IPV6_COLONS or not any(sign.isdigit() for sign in whole):
        return None
    try:
        ipaddress.IPv6Address(whole)
    except ValueError:
        return None
    return match.span()


def _mac(match: re.Match[str]) -> tuple[int, int] | None:
    return match.span() if len(set(match.group().casefold()) - {":", "-"}) > 1 else None


def _of(match: re.Match[str], *, group: str) -> tuple[int, int]:
    return match.span(group) if match[group] else match.span()


def digits_of(text: str) -> str:
    """The digits of `text`."""
    return "".join(sign for sign in text if sign.isdigit())


_PHONE_WORDS = ("phone", "tel", "mobile", "cell", "fax", "whatsapp", "call", "handy", "tél", "móvil")
_PASSPORT_WORDS = ("passport", "passeport", "pasaporte", "passaporto", "reisepass", "paspoort")
_BIRTH_WORDS = (
    "born", "birth", "dob", "d.o.b", "geboren", "geb.", "geburtsdatum", "né le", "née le", "naissance", "nacimiento", "nacid",
    "nascita",
    "geboortedatum",
)  # fmt: skip
_NUMBER = re.compile(r"\d(?:[ ./()-]{0,2}\d){4}")
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
_PAIRS = re.compile(r":[0-9A-Fa-f]{2}:|-[0-9A-Fa-f]{2}-")
_GERMAN_STREETS = ("straße", "strasse", "str.", "weg ", "platz", "allee", "gasse")
_number = partial(_of, group="number")
_date = partial(_of, group="date")


def _kinds() -> Iterator[Kind]:
    """The kinds. All but the first have a digit."""
    personal = partial(Kind, group="personal", needs="digit")
    yield Kind("email", "personal", "an e-mail address", _EMAIL, ("@",), _email)
    yield personal("iban", called="a bank account (IBAN)", pattern=_IBAN, ends=_iban, gate=_NUMBER)
    yield personal("card", called="the number of a payment card", pattern=_CARD, ends=_card, gate=_NUMBER)
    ssn = partial(personal, "ssn", called="a US social security number", ends=_ssn)
    yield ssn(pattern=_SSN, gate=_NUMBER)
    yield ssn(pattern=_SSN_NAMED, needles=("ssn", "social"), at_needle=True)
    at_word = partial(personal, at_needle=True)
    yield at_word("passport", called="the number of a passport", pattern=_PASSPORT, needles=_PASSPORT_WORDS, ends=_number)
    yield at_word("birth_date", called="a date of birth", pattern=_BIRTH, needles=_BIRTH_WORDS, ends=_date)
    yield personal("mac_address", called="a hardware address (MAC)", pattern=_MAC, needles=(":", "-"), ends=_mac, gate=_PAIRS)
    ip = partial(personal, "ip_address", called="an IP address")
    yield ip(pattern=_IPV4, ends=_ipv4, gate=_NUMBER)
    yield ip(pattern=_IPV6, needles=(":",), ends=_ipv6, gate=_COLONS)
    yield personal("street_address", called="a street address", pattern=_ADDRESS)
    yield personal("street_address", called="a street address", pattern=_ADDRESS_GERMAN, needles=_GERMAN_STREETS)
    phone = partial(personal, "phone", called="a phone number")
    yield phone(pattern=_ABROAD, needles=("+",))
    yield phone(pattern=_GROUPS, ends=_phone, gate=_NUMBER)
    yield phone(pattern=_NAMED, needles=_PHONE_WORDS, ends=_number, at_needle=True)


PERSONAL: tuple[Kind, ...] = tuple(_kinds())
"""The more certain ones first: where two overlap, the first one stays."""
