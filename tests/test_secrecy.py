"""Secrets as addresses and JSON write them: found, taken out and held back like the secrets themselves."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb._escapes import Plain
from racto_nb._secrecy import Secrets, without_secret
from racto_nb.providers.connecting import without_key

KEY = "sk-live/abc+DEF=12345678"
PASSWORD = 'grün "und" 42% \\blau/'
PEM = "-----BEGIN PRIVATE KEY-----\nMIIE+vQ/9\n-----END PRIVATE KEY-----"
SECRETS = Secrets.of({"OPENAI_API_KEY": KEY, "DB_PASSWORD": PASSWORD, "SIGNING_PRIVATE_KEY": PEM})
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
    "an address in an address": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON in an address": lambda text: quote(json.dumps(text)[1:-1], safe=""),
    "JSON within JSON within JSON": lambda text: json.dumps(json.dumps(json.dumps(text)[1:-1])[1:-1])[1:-1],
    "an address in JSON": lambda text: json.dumps(f"https://host/?q={quote(text, safe='')}")[17:-1].replace("/", "\\/"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(("name", "secret"), [("OPENAI_API_KEY", KEY), ("DB_PASSWORD", PASSWORD), ("SIGNING_PRIVATE_KEY", PEM)])
def test_a_secret_is_found_and_taken_out_however_it_is_escaped(form, name: str, secret: str):
    written = f"see 100% of {form(secret)}, please"
    assert SECRETS.held_by(written) == name
    assert SECRETS.cleaned(written) == f"see 100% of [{name}], please"
    covered = SECRETS.covered(written)
    assert (len(covered), covered[:12], covered[-8:]) == (len(written), "see 100% of ", ", please")
    assert covered[12:-8].strip("•") == f"[{name}]"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("secret", [KEY, PASSWORD, PEM], ids=["key", "password", "PEM"])
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
        assert KEY[:6] not in Plain(begun).text
        assert KEY[-6:] not in Plain(left).text


def test_a_shorter_secret_does_not_tear_an_escaped_one_up():
    secrets = Secrets.of({"A_TOKEN": "abc-12345", "B_TOKEN": "abc-12345/678"})
    assert secrets.cleaned("abc-12345%2F678 abc-12345") == "[B_TOKEN] [A_TOKEN]"


def test_a_longer_secret_that_begins_with_a_shorter_one_is_held_back_with_it():
    secrets = Secrets.of({"A_KEY": "sk-12345678", "B_KEY": "sk-12345678-abcdefghij"})
    assert secrets.settled("key sk-12345678-abcdefgh") == ("key ", "sk-12345678-abcdefgh")
    assert secrets.settled("key sk-12345678, and") == ("key [A_KEY], and", "")
    assert secrets.covered_ends("key sk-12345678-abcdefgh") == "key [B_KEY]•••••••••••••"


def test_of_a_secret_that_holds_what_looks_like_an_escape_nothing_is_shown_either():
    secret, written = "p%2Fa5$Zq9w!Kd", "p%2Fa5\\u0024Zq9w!Kd"
    secrets = Secrets.of({}, also=[("DB", secret)])
    assert {secrets.settled(f"is {written[:size]}") for size in range(1, len(written))} == {
        ("is ", written[:size]) for size in range(1, len(written))
    }
    assert secrets.cleaned(f"{written}, {secret}, {quote(secret)}") == "[DB], [DB], [DB]"


@given(
    st.text(min_size=8, max_size=20).filter(lambda text: text.strip() == text and len(set(text)) > 3),
    st.lists(st.sampled_from(sorted(FORMS)), min_size=1, max_size=2),
)
def test_every_secret_is_found_in_every_form(secret: str, forms: list[str]):
    written = secret
    for form in forms:
        try:
            written = FORMS[form](written)
        except UnicodeEncodeError:  # half a letter has no form in an address
            return
    secrets = Secrets.of({}, also=[("KEY", secret)])
    assert secrets.held_by(f"it is <{written}>") == "KEY"
    cleaned = secrets.cleaned(f"it is <{written}>")
    assert Plain(cleaned).text == "it is <[KEY]>"  # of backslashes beside it nobody knows whether they escape it


def test_texts_that_are_nothing_but_halves_of_escapes_are_read_in_one_go():
    """Were each of them read to its end, this would take hours."""
    for text in (
        "%41" + "\\" * 1_000_000,
        "\\" * 1_000_000 + "x",
        "%25" * 300_000,
        "%" + "25" * 500_000 + "z",
        "\\u00" * 200_000,
    ):
        assert SECRETS.cleaned(text) == text
        assert "".join(SECRETS.settled(text)) == text


def test_of_a_key_that_was_cut_in_two_nothing_is_left_in_an_error():
    key = "kA93/bQ7x+zP2/mmLw8Rt5/Yc1Vn0=="
    written = quote(key, safe="")
    for size in range(20, len(written)):
        said = without_key(f"GET /?api_key={written[:size]}. The key came from here.", key)
        assert said.startswith("GET /?api_key=[key]")
        assert said.removeprefix("GET /?api_key=[key]").lstrip("%0123456789ABCDEF") == ". The key came from here."


def test_a_password_of_an_address_is_found_as_it_is_typed():
    secrets = Secrets.of({"DATABASE_URL": "postgresql://ann:p%40ss%2Fword-1@db/shop"})
    assert secrets.cleaned("p@ss/word-1 p%40ss%2fword-1") == "[DATABASE_URL] [DATABASE_URL]"


@pytest.mark.parametrize(
    "text", ["100 %", "50%2F", "C:\\new\\users", "\\frac{1}{2}", "%7Bx%7D", "a\\/b", "\\u00e4", "%E4%", "%C3"]
)
def test_other_texts_stay_as_they_are(text: str):
    assert SECRETS.held_by(text) is None
    assert SECRETS.cleaned(text) == SECRETS.covered(text) == text


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_errors_of_servers_hold_no_escaped_key(form):
    assert without_key(f"bad key {form(KEY)}.", KEY) == "bad key [key]."
    assert without_secret(f"bad {form(PASSWORD)}, {PASSWORD}", PASSWORD, "[password]") == "bad [password], [password]"


def test_a_key_of_nothing_but_backslashes_is_known_as_it_is():
    key = 16 * "\\"
    assert without_key(f"bad {key} and \\ and /", key) == "bad [key] and \\ and /"
    assert Secrets.of({}, also=[("KEY", key)]).cleaned(f"bad {key}, /") == "bad [KEY], /"
