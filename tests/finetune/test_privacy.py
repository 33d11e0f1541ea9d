"""Personal data and secrets are found by their shapes and checksums, and never shown in full."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared_material import MISSING, shared_path

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.finetune import RactoDataset, RactoTrainingExample, RactoTrainingMessage, TrainingToolCall
from racto_nb.finetune.privacy.balance import label_imbalance, language_mix
from racto_nb.finetune.privacy.rules import personal_data, secrets
from racto_nb.finetune.privacy.scanning import EVERYTHING, NAMES, scan, search_for

PLANTED: tuple[tuple[str, str, str], ...] = (
    ("email", "Write to {}, please.", "ann.b+news@mail.example.org"),
    ("email", "<{}>", "müller@firma-nord.de"),
    ("iban", "My account is {} AND it is new", "GB82 WEST 1234 5698 7654 32"),
    ("iban", "iban:{}", "DE89370400440532013000"),
    ("card", "I paid with {}.", "4111 1111 1111 1111"),
    ("card", "card={}", "378282246310005"),
    ("ssn", "It is {}.", "078-05-1120"),
    ("ssn", "SSN: {}", "078051120"),
    ("passport", "passport number: {}", "C01X00T47"),
    ("passport", "My passport no. is {}", "123456789"),
    ("birth_date", "She was born on {} in Rome.", "12 March 1985"),
    ("birth_date", '{{"date_of_birth": "{}"}}', "1985-03-12"),
    ("birth_date", "geboren am {}", "1.4.1990"),
    ("mac_address", "from {} at night", "00:1B:44:11:3A:B7"),
    ("ip_address", "a login from {} today", "203.0.113.77"),
    ("ip_address", "a login from {} today", "2001:db8:85a3::8a2e:370:7334"),
    ("street_address", "I live at {}", "742 Evergreen Terrace, Springfield, IL 62704"),
    ("street_address", "I live at {}.", "12 Baker Street, London NW1 6XE"),
    ("street_address", "Ich wohne in der {}", "Lindenstraße 12, 12345 Berlin"),
    ("phone", "call {} now", "+44 20 7946 0958"),
    ("phone", "my number is {}.", "020 7946 0958"),
    ("phone", "{} or so", "(212) 555-0123"),
    ("phone", "dial {}", "212-555-0123"),
    ("phone", "dial {}", "0049 30 901820 55"),
    ("phone", "mon numéro : {}", "01 23 45 67 89"),
    ("phone", "call me at {}", "555-0100"),
    ("openai_key", "key {} ", "sk-proj-abcDEF1234567890abcDEF1234567890"),
    ("anthropic_key", "key {} ", "sk-ant-api03-abcdefghijklmnop"),
    ("openrouter_key", "key {} ", "sk-or-v1-0123456789abcdef0123"),
    ("google_key", "?key={}&x=1", "AIza" + "b1" * 17 + "c"),
    ("google_oauth", "{}", "ya29." + "a1" * 20),
    ("aws_key", "id {}", "AKIAIOSFODNN7EXAMPLE"),
    ("aws_secret", "aws_secret_access_key = {}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("github_token", "git clone with {}", "ghp_" + "a1" * 18),
    ("github_token", "{}", "github_pat_" + "a1B" * 20),
    ("gitlab_token", "{}", "glpat-" + "a1" * 10),
    ("slack_token", "{}", "xoxb-123456789012-abcdef"),
    ("slack_webhook", "https://{}", "hooks.slack.com/services/T000/B000/abcdefgh1234"),
    ("stripe_key", "{}", "sk_live_" + "a1" * 12),
    ("huggingface_token", "{}", "hf_" + "aB3" * 11),
    ("groq_key", "{}", "gsk_" + "a1" * 26),
    ("xai_key", "{}", "xai-" + "a1" * 40),
    ("perplexity_key", "{}", "pplx-" + "aB3d" * 12),
    ("replicate_token", "{}", "r8_" + "aB3" * 12 + "z"),
    ("vault_token", "VAULT: {}", "hvs.CAESI" + "aB3_" * 20),
    ("digitalocean_token", "{}", "dop_v1_" + "a1b2" * 16),
    ("shopify_token", "{}", "shpat_" + "a1B2" * 8),
    ("azure_key", "AccountName=ann;AccountKey={};EndpointSuffix=x", "aB3/" * 21 + "Zz=="),
    ("azure_key", "SharedAccessKey={}", "aB3+" * 10 + "abc="),
    ("password", 'it says "{{\\"password\\": \\"{}\\"}}"', "letmein"),
    ("npm_token", "{}", "npm_" + "a1" * 18),
    ("pypi_token", "{}", "pypi-AgE" + "a1" * 40),
    ("sendgrid_key", "{}", "SG." + "a1" * 11 + "." + "b2" * 20),
    ("jwt", "{}", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc-DEF"),
    ("private_key", "{}\n", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\n-----END RSA PRIVATE KEY-----"),
    ("private_key", "{}\nThat was it.", "-----BEGIN PRIVATE KEY-----\n" + "a1B2" * 16 + "\n" + "c3D4" * 16),
    ("auth_header", "Authorization: Bearer {}", "abcdef1234567890"),
    ("auth_header", "Authorization: Basic {}", "dXNlcjpwYXNzd29yZA=="),
    ("url_password", "postgres://ann:{}@db.example/x", "s3cr3t-word"),
    ("password", "DB_PASSWORD={}", "letmein"),
    ("password", "my password is {}", "hunter2"),
    ("password", '{{"password": "{}"}}', "hunter22"),
    ("password", "api_key: {}", "a1b2c3d4e5f6a7b8"),
    ("token", "it says {} there", "Zx8Qk2Lm9Vt4Rw7Yp1Ns6"),
)  # fmt: skip

HARMLESS = (
    "version 1.2.3.4 of the library", "10.5 million in 2019-2020", "at 12:30:45 on 2024-01-02", "std::vector<int>::iterator",
    "icon@2x.png and @decorator", "git@github.com:owner/name.git", "ISBN 978-0-14-103614-4", "password: required",
    "token=get_token()", "api_key = os.environ['X']", "PASSWORD=${PW}", "'password': 'str'", "Is the password wrong?",
    "I forgot my password. Is it case-sensitive?", "Basic understanding of bearer tokens", "order 1234567890123456",
    "commit 3f786850e387550fdab836ed7e6dc881de23001b", "550e8400-e29b-41d4-a716-446655440000", "1985, 1986, 1987 and 1988",
    "127.0.0.1 and 255.255.255.0", "call 911", "getUserAccountById2FromDatabaseV3", "sk-learn and sk-something-else",
    "4111 1111 1111 1112", "GB82 WEST 1234 5698 7654 33", "000-12-3456", "10,000,000 people", "3.14159265358979",
    "AccountKey=<your key>", "AccountKey=REDACTED", "dop_v1_ and shpat_ are how tokens begin", "r8_gemm_kernel", "hvs.example.org",
    "https://user:[PASSWORD_1]@host/", "born in 1985", "a passport photo", "Mr. Smith of 5 Park Lane",
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "piece"), PLANTED)
def test_what_is_planted_is_found_to_the_letter(kind: str, text: str, piece: str):
    whole = text.format(piece)
    assert [(found.kind, whole[found.start : found.end]) for found in scan(whole, EVERYTHING)] == [(kind, piece)]


def test_every_kind_is_planted():
    assert {kind for kind, _, _ in PLANTED} == set(NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "{id}\n{secret}",
        "{id},{secret}",
        "key id {id}, and the other one is {secret}.",
        "{secret} for {id}",
        '{{"id":"{id}","s":"{secret}"}}',
    ],
)
def test_the_secret_beside_a_key_id_of_aws_is_found(text: str):
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    whole = text.format(id="AKIAIOSFODNN7EXAMPLE", secret=secret)
    assert {whole[found.start : found.end] for found in scan(whole) if found.kind == "aws_secret"} == {secret}


def test_a_hash_beside_a_key_id_is_no_secret():
    for word in ("3f786850e387550fdab836ed7e6dc881de23001b", "A" * 40, "src/racto/finetune/privacy/SecretsOfAnns"):
        assert [found.kind for found in scan(f"AKIAIOSFODNN7EXAMPLE {word}")] == ["aws_key"]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_is_left_alone(text: str):
    assert [found.kind for found in scan(text, EVERYTHING)] == []


@pytest.mark.parametrize(("kind", "text", "piece"), PLANTED)
def test_no_more_than_three_characters_are_shown_anywhere(kind: str, text: str, piece: str):
    example = RactoTrainingExample.from_pair(text.format(piece), "Thanks.")
    findings = [*personal_data([example], None), *secrets([example], None)]
    assert [kind in finding.shown for finding in findings] == [True]
    found = scan(text.format(piece), EVERYTHING)[0]
    for said in (*map(str, findings), *map(repr, findings), findings[0].fix, repr(found), found.shown(text.format(piece))):
        assert piece[-6:] not in said
    assert found.shown(text.format(piece)).partition("…")[0] in {"", piece[:1], piece[:3]}


@pytest.mark.parametrize(("kind", "text", "piece"), [planted for planted in PLANTED if planted[0].endswith("password")])
def test_nothing_of_a_password_is_shown(kind: str, text: str, piece: str):
    example = RactoTrainingExample.from_pair(text.format(piece), "Thanks.")
    assert [finding.shown for finding in secrets([example], None)] == [f"… ({kind}, {len(piece)} characters)"]


def test_findings_say_where_and_how_bad_it_is():
    call = TrainingToolCall.of("mail", {"to": "ann@example.org"})
    messages = (RactoTrainingMessage("user", "Mail her."), RactoTrainingMessage("assistant", "", tool_calls=(call,)))
    example = RactoTrainingExample(messages, reference={"password": "hunter22"})
    (mail,), (password,) = personal_data([example], None), secrets([example], None)
    assert (mail.rule, mail.severity, mail.example, mail.message) == ("personal_data", "warning", 0, 1)
    assert (password.rule, password.severity, password.example, password.message) == ("secrets", "error", 0, None)
    assert str(mail).startswith("Example 0, message 1: There is an e-mail address in it: ann… (email, 15 characters).")


def test_validate_tells_of_secrets_as_errors_and_of_people_as_warnings():
    data = RactoDataset.from_pairs([("I am ann@example.org.", "password=hunter22"), ("Where is it?", "Here it is.")])
    findings = data.validate("openai", rules=["personal_data", "secrets", "language_mix", "label_imbalance"])
    assert [(finding.rule, finding.example, finding.message) for finding in findings.all] == [
        ("personal_data", 0, 0),
        ("secrets", 0, 1),
    ]
    assert [finding.rule for finding in findings] == ["secrets"]
    assert data.redact().validate("openai", rules=["personal_data", "secrets"]).all == ()


def test_the_same_piece_is_told_once_a_message():
    example = RactoTrainingExample.from_pair("ann@example.org ann@example.org bob@example.org", "ann@example.org")
    assert [(finding.message, finding.shown[:3]) for finding in personal_data([example], None)] == [
        (0, "ann"),
        (0, "bob"),
        (1, "ann"),
    ]


def test_random_words_are_only_a_hint():
    example = RactoTrainingExample.from_pair("Zx8Qk2Lm9Vt4Rw7Yp1Ns6", "What is it?")
    assert [finding.severity for finding in secrets([example], None)] == ["hint"]


def test_messages_that_hold_no_text_stop_no_search():
    example = RactoTrainingExample((RactoTrainingMessage("user", None), RactoTrainingMessage("assistant", "a@example.org")))  # pyright: ignore[reportArgumentType]
    assert len(list(personal_data([example], None))) == 1


def test_unknown_kinds_are_refused_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'email'"):
        search_for("e-mail")
    with pytest.raises(WrongTypeError, match="names such as"):
        search_for([3])  # pyright: ignore[reportArgumentType]


@given(st.text())
def test_places_of_finds_are_in_order_and_inside(text: str):
    end = 0
    for found in scan(text, EVERYTHING):
        assert end <= found.start < found.end <= len(text)
        end = found.end


@given(st.text(alphabet="İß@.aé1-+ :", max_size=40))
def test_letters_that_grow_when_they_are_small_move_nothing(text: str):
    found = scan(f"{text} tel 5550100 ", search_for("phone"))
    assert found
    assert f"{text} tel 5550100 "[found[-1].start : found[-1].end].endswith("5550100")


def sentences(name: str) -> list[dict[str, str]]:
    """The rows of a file of banking77."""
    folder = shared_path()
    assert folder is not None
    return list(csv.DictReader((folder / f"data/banking77/{name}.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.skipif(shared_path() is None, reason=MISSING)
def test_sentences_of_customers_hold_nothing():
    folder = shared_path()
    assert folder is not None
    rows = [row["text"] for name in ("train", "test") for row in sentences(name)]
    assert len(rows) == 13_083
    assert [row for row in rows if scan(row, EVERYTHING)] == []
    texts = [(folder / "data/chunking" / name).read_text() for name in ("state_of_the_union.md", "wikitexts.md", "questions.csv")]
    assert [found for text in texts for found in scan(text, EVERYTHING)] == []


@pytest.mark.skipif(shared_path() is None, reason=MISSING)
def test_sentences_of_customers_are_english_and_their_labels_even():
    rows = sentences("train")
    examples = [RactoTrainingExample.from_pair(row["text"], row["category"]) for row in rows]
    assert list(language_mix(examples, None)) == []
    assert list(label_imbalance(examples, None)) == []


def test_a_language_among_others_is_told_with_its_places():
    examples = [RactoTrainingExample.from_pair("Where is the card that I ordered?", "It is on the way to you.")] * 30
    examples.insert(7, RactoTrainingExample.from_pair("Wo ist die Karte, die ich bestellt habe?", "Sie ist auf dem Weg zu dir."))
    (finding,) = language_mix(examples, None)
    assert finding.says == "1 of 31 questions are German, 30 are English: example 7."


def test_an_answer_in_another_language_is_told():
    examples = [
        RactoTrainingExample.from_pair("Where is the card that I ordered?", "Sie ist auf dem Weg zu dir, bitte warte noch.")
    ]
    assert [(one.example, one.says) for one in language_mix(examples, None)] == [
        (0, "The question is English, the answer German.")
    ]


def test_code_and_names_have_no_language():
    examples = [RactoTrainingExample.from_pair("Where is the card that I ordered?", "```python\nder = die[das]\n```")]
    assert list(language_mix(examples, None)) == []


def test_a_label_that_nearly_all_have_is_told():
    examples = [RactoTrainingExample.from_pair(f"text {number}", "spam" if number % 20 else "ham") for number in range(200)]
    findings = list(label_imbalance(examples, None))
    assert findings[0].says == "The 2 labels are uneven: 190 of 200 examples (95%) are 'spam', 10 of 'ham'."
    assert len(findings) == 1


def test_labels_may_stand_in_a_tag_and_rare_ones_are_told():
    examples = [
        RactoTrainingExample.from_pair(f"text {number}", f"A long answer, number {number}.").tagged({"label": "ab"[number > 16]})
        for number in range(20)
    ]
    assert [finding.says for finding in label_imbalance(examples, None)] == ["1 of 2 labels have fewer than 5 examples: 'b' (3)."]


def test_answers_that_are_no_labels_are_not_counted():
    assert list(label_imbalance([RactoTrainingExample.from_pair("a", f"answer {number}") for number in range(50)], None)) == []


def test_what_a_system_text_holds_is_found_in_each_example_that_has_it():
    pair = RactoTrainingExample.from_pair
    system = "Write to ann@example.org."
    quiet = "Be brief."
    data = RactoDataset([pair("Hi", "Hello", system=text) for text in (quiet, system, quiet, system, quiet)])
    found = data.validate(rules=["personal_data"]).all
    assert [(each.example, each.message) for each in found] == [(1, 0), (3, 0)]
