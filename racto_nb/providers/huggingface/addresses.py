"""What the address of a server behind Hugging Face's API says of it, and whether a token may go there unasked. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from racto_nb.providers.direct_http import is_loopback
from racto_nb.providers.huggingface.facts import GRAMMAR_HOSTS, OWN_DOMAINS, ROUTER_HOST


def with_version(address: str) -> str:
    """`address` ending with `/v1`, as the servers have it.

    >>> with_version("http://localhost:8080"), with_version("https://x.example.com/v1/")
    ('http://localhost:8080/v1', 'https://x.example.com/v1')
    """
    address = address.rstrip("/")
    return address if address.endswith("/v1") else f"{address}/v1"


def is_router(address: str) -> bool:
    """Whether `address` is Hugging Face's router to many providers."""
    parts = urlsplit(address)
    return parts.hostname == ROUTER_HOST and parts.path == "/v1"


def takes_grammar(address: str) -> bool:
    """Whether the server at `address` takes the schema of an answer as TGI's grammar, as far as its address says."""
    parts = urlsplit(address)
    return (parts.hostname or "").endswith(GRAMMAR_HOSTS) or (parts.hostname == ROUTER_HOST and "/hf-inference/" in parts.path)


def is_trusted(address: str) -> bool:
    """Whether a token of the environment may go to `address`: to Hugging Face, unread on the way, and to this machine."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    own = parts.scheme == "https" and any(host == domain or host.endswith(f".{domain}") for domain in OWN_DOMAINS)
    return own or is_loopback(address)
