"""Settings, addresses and proxies in the environment, and whether somebody patched the event loop."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from racto_nb.exceptions import UsageError
from racto_nb.notebook.checkup.finding import Finding, without_password
from racto_nb.notebook.checkup.settings import setting_findings

ADDRESSES = {
    "OPENAI_BASE_URL": 'questions and the key go there, by Chat Completions unless api="responses"',
    "ANTHROPIC_BASE_URL": "questions and the key go there",
    "GOOGLE_GEMINI_BASE_URL": "questions and the key go there",
}
HUB = "HF_ENDPOINT"
"""Where files of models are fetched from; the one of these settings that is an address."""
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_NO_ADDRESS = "set, but it is no address that can be read"
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def surroundings_findings(environment: Mapping[str, str]) -> list[Finding]:
    """What the environment says that changes how racto_nb works. Of addresses only the host is shown."""
    return [
        *setting_findings(environment),
        *(_address(name, environment[name], then) for name, then in ADDRESSES.items() if environment.get(name)),
        *_hub(environment.get(HUB, "")),
        *_ollama(environment),
        *(_proxy(name, environment[name]) for name in PROXIES if environment.get(name)),
        *(_certificates(name, environment[name]) for name in _CERTIFICATES if environment.get(name)),
        *_event_loop(),
    ]


def _address(name: str, value: str, then: str) -> Finding:
    parts = _parts(value)
    if parts is None or parts.scheme not in {"http", "https"}:
        return Finding(name, _NO_ADDRESS, "Write it as https://host/v1, without quotes and spaces.", wrong=True)
    state = f"{_host(parts)}: {then}"
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        advice = "Use https:// where others share the network."
        return Finding(name, f"{state}; http:// does not encrypt them", advice, wrong=True)
    return Finding(name, state, "Unset it to ask the provider itself.")


def _hub(value: str) -> list[Finding]:
    if not value:
        return []
    parts = _parts(value)
    if parts is None or parts.scheme not in {"http", "https"}:
        return [Finding(HUB, _NO_ADDRESS, "Write it as https://host, without quotes and spaces.", wrong=True)]
    if "@" in parts.netloc:
        state = f"{_host(parts)}, with a login, which is not taken there"
        return [Finding(HUB, state, "Leave out what stands before the @, and put the token in HF_TOKEN.", wrong=True)]
    return [Finding(HUB, f"{_host(parts)}: files of models are fetched from there", "Unset it to fetch them from Hugging Face.")]


def _ollama(environment: Mapping[str, str]) -> list[Finding]:
    """Where Ollama is looked for: its variable has forms of its own. A name alone is one, and so is what a server listens on."""
    from racto_nb.providers.ollama.addresses import address_of
    from racto_nb.providers.ollama.facts import BASE_URL_VARIABLE, KEY_VARIABLE

    if not (value := environment.get(BASE_URL_VARIABLE, "").strip()):
        return []
    try:
        parts = _parts(address_of(value, source=BASE_URL_VARIABLE))
    except UsageError:
        parts = None
    if parts is None:
        advice = "Write a host, host:port or http://host:port, without spaces."
        return [Finding(BASE_URL_VARIABLE, _NO_ADDRESS, advice, wrong=True)]
    state = f"{_host(parts)}: questions to the models of `ollama` go there"
    if parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        state = f"{state}; http:// does not encrypt them"
        wrong = bool(environment.get(KEY_VARIABLE, "").strip())
        return [Finding(BASE_URL_VARIABLE, state, "Use https:// where others share the network.", wrong=wrong)]
    return [Finding(BASE_URL_VARIABLE, state)]


def _proxy(name: str, value: str) -> Finding:
    parts = _parts(value)
    if parts is None:
        return Finding(name, _NO_ADDRESS, "Write it as http://host:port, without quotes and spaces.", wrong=True)
    return Finding(name, f"{_host(parts)}: requests to other machines go through it")


def _parts(value: str) -> SplitResult | None:
    """The parts of an address; None where it is none. An @ behind the host may end a password with a / in it, so it is none."""
    try:
        parts = urlsplit(value)
        usable = bool(parts.scheme and parts.hostname and (parts.port is None or parts.port))
    except ValueError:
        return None
    behind = f"{parts.path}{parts.query}{parts.fragment}"
    return parts if usable and "@" not in behind and not any(sign.isspace() for sign in value) else None


def _host(parts: SplitResult) -> str:
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def _certificates(name: str, value: str) -> Finding:
    if any(Path(path).exists() for path in value.split(os.pathsep)):
        return Finding(name, without_password(value))
    return Finding(
        name,
        f"{without_password(value)!r} does not exist, so no encrypted connection can be made",
        "Correct or unset it.",
        wrong=True,
    )


def _event_loop() -> list[Finding]:
    if not (hasattr(asyncio, "_nest_patched") or {"nest_asyncio", "nest_asyncio2"} & set(sys.modules)):
        return []
    return [
        Finding(
            "event loop",
            "patched by nest_asyncio, or about to be",
            "racto_nb does not need that: await works in cells. Without nest_asyncio an interrupt is more reliable.",
        )
    ]
