"""Secrets as addresses and JSON write them: found, taken out and held back like the secrets themselves."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb._secrecy import Secrets, unescaped, without_secret
from racto_nb.providers.connecting import without_key

KEY = "sk-live/abc+DEF=12345678"
PASSWORD = 'grün "und" 42% \\blau/'
SECRETS = Secrets.of({"OPENAI_API_KEY": KEY, "DB_PASSWORD": PASSWORD})
PLAIN = "sk-live/a"


def lower_hex(text: str) -> str:
    return "".join(
        f"%{part[:2].lower()}{part[2:]}" if place else part for place, part in enumerate(quote(text, safe="").split("%"))
    )


def in_json(text: str, signs: str) -> str:
    return "".join(f"\\u{ord(sign):04X}" if sign in signs else json.dumps(sign)[1:-1] for sign in text)


FORMS = {
    "an address": lambda text: quote(text, safe=""),
    "an address in lower case": lower_hex,
    "a path": lambda text: quote(text, safe="/"),
    "an address with every sign escaped": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "a form": lambda text: urlencode({"": text})[1:],
    "JSON with its slashes escaped": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON within JSON": lambda text: json.dumps(json.dumps(text)[1:-1].replace("/", "\\/"))[1:-1],
    "JSON for a page": lambda text: in_json(text, "+/=&<>'\"%"),
    "an address in JSON": lambda text: json.dumps(f"https://host/?q={quote(text, safe='')}")[17:-1].replace("/", "\\/"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(("name", "secret"), [("OPENAI_API_KEY", KEY), ("DB_PASSWORD", PASSWORD)])
def test_a_secret_is_found_and_taken_out_however_it_is_escaped(form, name: str, secret: str):
    written = f"see 100% of {form(secret)}, please"
    assert SECRETS.held_by(written) == name
    assert SECRETS.cleaned(written) == f"see 100% of [{name}], please"
    covered = SECRETS.covered(written)
    assert (len(covered), covered[:12], covered[-8:]) == (len(written), "see 100% of ", ", please")
    assert covered[12:-8].strip("•") == f"[{name}]"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("secret", [KEY, PASSWORD], ids=["key", "password"])
def test_of_an_escaped_secret_nothing_is_shown_while_it_is_written(form, secret: str):
    written = form(secret)
    for size in range(1, len(written)):
        assert SECRETS.settled(f"is {written[:size]}") == ("is ", written[:size])


@given(st.text("sk-live/\\u002f%2Fab+", max_size=40))
def test_what_is_held_back_and_what_is_shown_are_the_text(text: str):
    assert "".join(SECRETS.settled(text)) == SECRETS.cleaned(text)


@given(st.sets(st.sampled_from(KEY)), st.sampled_from(["%{:02x}", "%{:02X}", "\\u{:04x}", "\\\\u{:04X}"]))
def test_which_signs_are_escaped_makes_no_difference(signs: set[str], how: str):
    written = "".join(how.format(ord(sign)) if sign in signs else sign for sign in KEY)
    assert SECRETS.cleaned(written) == "[OPENAI_API_KEY]"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_where_a_text_was_cut_no_half_of_an_escaped_secret_is_shown(form):
    written = form(KEY)
    for cut in range(1, len(written)):
        begun, left = SECRETS.covered_ends(f"ends with {written[:cut]}"), SECRETS.covered_ends(f"{written[cut:]} begins")
        assert (len(begun), len(left)) == (len(f"ends with {written[:cut]}"), len(f"{written[cut:]} begins"))
        assert KEY[:6] not in unescaped(begun)
        assert KEY[-6:] not in unescaped(left)


def test_a_shorter_secret_does_not_tear_an_escaped_one_up():
    secrets = Secrets.of({"A_TOKEN": "abc-12345", "B_TOKEN": "abc-12345/678"})
    assert secrets.cleaned("abc-12345%2F678 abc-12345") == "[B_TOKEN] [A_TOKEN]"


def test_a_password_of_an_address_is_found_as_it_is_typed():
    secrets = Secrets.of({"DATABASE_URL": "postgresql://ann:p%40ss%2Fword-1@db/shop"})
    assert secrets.cleaned("p@ss/word-1 p%40ss%2fword-1") == "[DATABASE_URL] [DATABASE_URL]"


@pytest.mark.parametrize(
    "text", ["100 %", "50%2F", "C:\\new\\users", "\\frac{1}{2}", "%7Bx%7D", "a\\/b", "\\u00e4", "%E4%", "%C3"]
)
def test_other_texts_stay_as_they_are(text: str):
    assert SECRETS.held_by(text) is None
    assert SECRETS.cleaned(text) == SECRETS.covered(text) == text


def test_a_text_is_searched_for_escapes_only_where_it_holds_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("racto_nb._secrecy.unescaped", lambda _: pytest.fail("was read"))
    for text in ("nothing", "100 % sure", "C:\\new", KEY):
        SECRETS.held_by(text)
        SECRETS.cleaned(text)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_errors_of_servers_hold_no_escaped_key(form):
    assert without_key(f"bad key {form(KEY)}.", KEY) == "bad key [key]."
    assert without_secret(f"bad {form(PASSWORD)}, {PASSWORD}", PASSWORD, "[password]") == "bad [password], [password]"
