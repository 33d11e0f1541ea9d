"""The doctor on addresses: host and port are shown, and nothing else of them, in whatever variable they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from racto_nb.notebook.checkup import findings
from racto_nb.notebook.checkup.finding import without_password
from racto_nb.notebook.checkup.interpreter import interpreter_findings
from racto_nb.notebook.checkup.services import SERVICES, service_findings
from racto_nb.notebook.checkup.settings import SETTINGS
from racto_nb.notebook.checkup.surroundings import ADDRESSES, HUB, PROXIES, surroundings_findings
from racto_nb.providers.ollama.facts import BASE_URL_VARIABLE
from racto_nb.testing import forbid_network

SERVERS = [name for service in SERVICES for name in service.variables]
VARIABLES = [
    *SETTINGS, *ADDRESSES, *PROXIES, *SERVERS, HUB, BASE_URL_VARIABLE, "SSL_CERT_FILE", "SSL_CERT_DIR", "VIRTUAL_ENV",
]  # fmt: skip
SECRETS = st.text(
    st.one_of(st.sampled_from("/?#@:;,[]% \n"), st.characters(codec="utf-8", exclude_characters="\0")), max_size=8
).map(lambda text: f"Zq7{text}Zq7")
FORMS = [
    "https://ann:{}@hub.example/api", "https://{}@hub.example", "ann:{}@hub.example", "http://ann:12/{}@hub.example:8080",
    "https://hub.example/api?token={}", "https://hub.example/#{}", "https://hub.example:8443/{}/v1", "https://:{}@[::1]:1/",
    "redis://:{}@127.0.0.1:1/0", "redis://127.0.0.1:1/{}", "redis://127.0.0.1:1?password={}", "amqp://ann:1#{}@127.0.0.1:1//",
    "postgresql+asyncpg://ann:{}@127.0.0.1:1/shop", "postgres://ann:{}@/shop?host=/nowhere", "postgres:///shop?host=/no&password={}",
    "mysql://127.0.0.1:1/shop?password={}", "song://ann:{}@127.0.0.1:1", "song://ann:{}@host", "unix://:{}@/nowhere/r.sock",
    "unix:///nowhere/r.sock?password={}", "unix:///nowhere/r.sock#{}", "redis+socket:///nowhere/r.sock?virtual_host={}",
]  # fmt: skip


def shown(environment: dict[str, str]) -> str:
    with forbid_network():
        looks = (surroundings_findings, interpreter_findings, service_findings)
        return repr([found for look in looks for found in look(environment)])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(VARIABLES), st.sampled_from(FORMS), SECRETS)
def test_no_secret_in_an_address_is_ever_shown(variable, form, secret):
    assert "zq7" not in shown({variable: form.format(secret)}).lower()


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("HF_ENDPOINT", "https://hub/api?token=Zq7"),
        ("HF_ENDPOINT", "https://u:Z/q7@hub"),
        ("HF_ENDPOINT", "u:Zq7@hub"),
        ("SSL_CERT_FILE", "https://u:Z/q7@x"),
        ("OPENAI_BASE_URL", "https://u:12/Zq7@x"),
        ("OLLAMA_HOST", "u:12/Zq7@x"),
        ("REDIS_URL", "unix://:Zq7?x@/run/redis.sock"),
        ("REDIS_URL", "unix:///run/r.sock#Zq7"),
        ("REDIS_URL", "unix:///run/r.sock?password=a@/Zq7"),
    ],
)
def test_these_were_shown_once(variable, address):
    told = shown({variable: address})
    assert variable in told
    assert "q7" not in told


def test_the_whole_report_holds_no_secret_either(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = dict.fromkeys(VARIABLES, "https://ann:Z/q7@hub.example/q7?q7#q7")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with forbid_network():
        found = findings(services=True)
    assert {"RACTO_DISPLAY", "embedded models", "catalogue of models", "Redis"} <= {one.what for one in found if one.wrong}
    assert "q7" not in repr(found)


@pytest.mark.parametrize("path", ["/home/me@work/cache", "~/cache", "./a@b", "C:\\Users\\me@work", "static", "1", "/a:/b"])
def test_what_is_no_address_is_shown_as_it_is(path):
    assert without_password(path) == path


def test_a_hub_with_a_login_is_told():
    (found,) = surroundings_findings({HUB: "https://ann:hidden@hub.example"})
    assert found.wrong
    assert found.state == "hub.example, with a login, which is not taken there"
    (found,) = surroundings_findings({HUB: "https://hub.example:8443/api"})
    assert (found.wrong, found.state) == (False, "hub.example:8443: files of models are fetched from there")
