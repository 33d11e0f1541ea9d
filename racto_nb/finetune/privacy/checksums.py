"""Numbers that carry their own proof: cards (Luhn) and bank accounts (IBAN, mod 97). Pure."""

from __future__ import annotations

from collections.abc import Mapping

_IBAN_LENGTHS = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 "
    "FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 "
    "LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 "
    "QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 "
)
IBAN_LENGTHS: Mapping[str, int] = {word[:2]: int(word[2:]) for word in _IBAN_LENGTHS.split()}
"""How many characters an IBAN of each country has."""

_CARDS: tuple[tuple[int, int, frozenset[int]], ...] = (
    (340, 349, frozenset({15})),
    (370, 379, frozenset({15})),
    (300, 305, frozenset({14})),
    (360, 369, frozenset({14})),
    (380, 399, frozenset({14})),
    (352, 358, frozenset({16})),
    (400, 499, frozenset({16, 19})),
    (510, 559, frozenset({16})),
    (222, 272, frozenset({16})),
    (601, 601, frozenset({16, 19})),
    (620, 659, frozenset({16, 19})),
)
"""First three digits, from and to, of the cards that there are, and how many digits those have."""


def luhn(digits: str) -> bool:
    """Whether the last of `digits` is the check digit of the others.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(number - 9 * (number > 9) for number in doubled)) % 10 == 0  # noqa: PLR2004  (one digit)


def is_card(digits: str) -> bool:
    """Whether `digits` are the number of a card: the first ones of an issuer, as many as it gives, and the check digit.

    >>> is_card("4111111111111111"), is_card("0000000000000000")
    (True, False)
    """
    if len(digits) < 14 or len(set(digits)) == 1:  # noqa: PLR2004  (the shortest)
        return False
    first = int(digits[:3])
    return any(low <= first <= high and len(digits) in lengths for low, high, lengths in _CARDS) and luhn(digits)


def is_iban(account: str) -> bool:
    """Whether `account`, without spaces, is an IBAN: a country's length, and the rest 1 on division by 97.

    >>> is_iban("GB82WEST12345698765432"), is_iban("GB82WEST12345698765431")
    (True, False)
    """
    if IBAN_LENGTHS.get(account[:2]) != len(account) or not (account.isascii() and account.isalnum()):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1
