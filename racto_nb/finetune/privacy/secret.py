"""What keys, tokens and passwords look like. Data and pure checks.

The shapes are those that providers print into their keys, so that scanners find them. A password has none: it is found by what
stands before it. Bounds are as in `personal`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter

from racto_nb._secrecy import PASSWORD_IN_ADDRESS
from racto_nb.finetune.privacy.found import Kind

_BEFORE = "[A-Za-z0-9_-]"
"""What a key is not preceded by. Patterns look back after their first letters: a search for letters is the quickest."""
_PLACEHOLDER = re.compile(
    r"\[|\$\{?|<|\{|%|\*{3}|x{4}|\.{3}|…|your|example|redacted|removed|hidden|none$|null$|true$|false$|str\b|string|required|optional"
    r"|changeme$|os\.|env\b|get|input|self\.|secret$|password$|undefined$|placeholder",
    re.IGNORECASE,
)
"""How what stands for a secret begins: a variable, a placeholder, a type."""
_PRIVATE_NAME = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
_PRIVATE = re.compile(
    rf"-----BEGIN {_PRIVATE_NAME}(?:(?:[A-Za-z0-9+/=\s\\:,.]++|-(?!----))*+-----END {_PRIVATE_NAME}"
    r"|(?:(?:\s|\\[nr]){0,4}[A-Za-z0-9+/=]{40,128}+){1,400}+)"  # one that was cut
)
_KEY = "|".join(f"(?<={word}{sign})key" for word in ("api", "access", "private", "secret") for sign in (r"[ _-]", ""))
_ASSIGNED = re.compile(
    rf"(?:(?P<chosen>pass(?:word|wd|phrase|wort|e)|pwd|kennwort|contraseña)|secret|token|{_KEY})\d?"
    r"\\{0,3}[\"']?(?P<sign> {0,3}(?::=|=>|==?|:) {0,3}| is )\\{0,3}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;<>(){}\[\]]{4,256}+)",
    re.IGNORECASE,
)
_AWS_SECRET = re.compile(
    r"(?:aws_?(?:secret)?_?(?:access)?_?key|secret_?access_?key)[\"']? {0,3}[:=]{1,2} {0,3}[\"']?"
    r"(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    re.IGNORECASE,
)
_AWS_ID = re.compile(rf"A[KS]IA(?<!{_BEFORE}A[KS]IA)[A-Z2-7]{{16}}(?![A-Za-z0-9])")
_AWS_ALONE = re.compile(r"(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])")
_NEAR = 160
"""Characters between a key id and its secret, at most."""
_AZURE = re.compile(
    r"(?:account|sharedaccess)key[\"']? {0,3}[:=] {0,3}[\"']?(?P<value>[A-Za-z0-9+/]{40,128}+={0,2})", re.IGNORECASE
)
_AWS_WORDS = ("aws_", "awssecret", "awskey", "secret_access", "secretaccess")
_HEADER = re.compile(r"\b(?P<scheme>Bearer|Basic|bearer|basic) (?P<value>[A-Za-z0-9._~+/-]{12,4096}+={0,2})(?![\w=])")
_TOKEN = re.compile(r"(?<![\w+/=.-])(?P<value>[A-Za-z0-9_+/-]{20,128}+={0,2})(?![\w+/=-])(?!\.\w)")
_SHORTEST_KEY = 12
_BITS = 3.5
_LONGEST_WORD = 5
_RUN = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"\d+")


def _value(match: re.Match[str]) -> tuple[int, int]:
    return match.span("value")


def _assigned(match: re.Match[str]) -> tuple[int, int] | None:
    """A value that is neither a placeholder nor a word: after `is` and `:` people write prose, and code calls functions."""
    value, sign = match["value"].rstrip(".\\"), match["sign"].strip()
    if _PLACEHOLDER.match(value) or match.string[match.end() : match.end() + 1] in {"(", "["}:
        return None
    mixed = any(each.isdigit() for each in value) and not value.isdigit()
    if match["chosen"]:
        written = sign.startswith("=") or bool(match["quote"])
        fits = mixed or (written and "." not in value)
    else:
        fits = mixed and len(value) >= _SHORTEST_KEY
    start = match.start("value")
    return (start, start + len(value)) if fits else None


def _beside(match: re.Match[str]) -> tuple[int, int] | None:
    """The first word after a key id, or else the last one before it, that is as long and as mixed as a secret of AWS."""
    text, (start, end) = match.string, match.span()
    after = list(_AWS_ALONE.finditer(text, end, end + _NEAR))
    before = list(_AWS_ALONE.finditer(text, max(0, start - _NEAR), start))[::-1]
    return next((word.span() for word in [*after, *before] if _is_mixed(word)), None)


def _is_mixed(word: re.Match[str]) -> bool:
    """Whether a word is whole and has letters of both sizes and digits, as no hash and no name has."""
    value, following = word.group(), word.string[word.end() : word.end() + 1]
    return not following.isalnum() and value.upper() != value != value.lower() and any(sign.isdigit() for sign in value)


def _in_address(match: re.Match[str]) -> tuple[int, int] | None:
    return None if _PLACEHOLDER.match(match[1]) else match.span(1)


def _header(match: re.Match[str]) -> tuple[int, int] | None:
    value = match["value"]
    if match["scheme"].lower() == "bearer":
        return match.span("value") if any(sign.isdigit() for sign in value) else None
    try:
        said = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error):
        return None
    return match.span("value") if b":" in said and said.isascii() else None


def _random(match: re.Match[str]) -> tuple[int, int] | None:
    """Letters of both sizes and digits without the runs that words leave, and hardly a sign twice."""
    value = match["value"]
    if not (value.upper() != value != value.lower()) or len(_DIGITS.findall(value)) < 2:  # noqa: PLR2004  (once is a version)
        return None
    words = max((len(run) for run in _RUN.findall(value)), default=0) > _LONGEST_WORD
    if words or value.count("/") + value.count("-") + value.count("_") > len(value) // 8 or _bits(value) < _BITS:
        return None
    return match.span("value")


def _bits(text: str) -> float:
    """The entropy of a sign of `text`, in bits."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())


def _key(name: str, called: str, begins: str, shape: str) -> Kind:
    pattern = re.compile(f"{re.escape(begins)}(?<!{_BEFORE}{re.escape(begins)}){shape}")
    return Kind(name, "secret", called, pattern, (begins.lower(),), needs="long word")


SECRETS: tuple[Kind, ...] = (
    Kind(
        "private_key", "secret", "a private key",
         _PRIVATE,
        ("private key",),
    ),
    _key("anthropic_key", "a key of Anthropic", "sk-ant-", r"[A-Za-z0-9_-]{16,512}+"),
    _key("openrouter_key", "a key of OpenRouter", "sk-or-", r"[A-Za-z0-9_-]{16,512}+"),
    _key("openai_key", "a key of OpenAI", "sk-", r"(?=[A-Za-z_-]{0,64}\d)[A-Za-z0-9_-]{20,512}+"),
    _key("google_key", "a key of Google", "AIza", r"[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    _key("google_oauth", "an OAuth token of Google", "ya29.", r"[A-Za-z0-9_-]{20,2048}+"),
    _key("google_oauth", "an OAuth secret of Google", "GOCSPX-", r"[A-Za-z0-9_-]{20,64}+"),
    *(_key("aws_key", "a key id of AWS", begins, r"[A-Z2-7]{16}(?![A-Za-z0-9])") for begins in ("AKIA", "ASIA", "ABIA", "ACCA")),
    Kind("aws_secret", "secret", "a secret key of AWS", _AWS_SECRET, _AWS_WORDS, _value, at_needle=True),
    Kind("aws_secret", "secret", "a secret key of AWS", _AWS_ID, ("akia", "asia"), _beside, at_needle=True),
    Kind("azure_key", "secret", "a key of Azure", _AZURE, ("accountkey", "sharedaccesskey"), _value, at_needle=True),
    *(_key("github_token", "a token of GitHub", f"gh{sort}_", r"[A-Za-z0-9]{30,255}+") for sort in "pousr"),
    _key("github_token", "a token of GitHub", "github_pat_", r"[A-Za-z0-9_]{36,255}+"),
    _key("gitlab_token", "a token of GitLab", "gl", r"(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_.-]{20,128}+"),
    _key("slack_token", "a token of Slack", "xox", r"[abeoprs]-[A-Za-z0-9-]{10,255}+"),
    _key("slack_token", "a token of Slack", "xapp-", r"[A-Za-z0-9-]{10,255}+"),
    _key("slack_webhook", "a webhook of Slack", "hooks.slack.com/", r"(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,255}+"),
    *(_key("stripe_key", "a key of Stripe", begins, r"_(?:live|test)_[A-Za-z0-9]{16,255}+") for begins in ("sk", "rk")),
    _key("stripe_key", "a secret of a webhook of Stripe", "whsec_", r"[A-Za-z0-9+/=]{16,255}+"),
    _key("huggingface_token", "a token of Hugging Face", "hf_", r"[A-Za-z0-9]{30,64}+(?![A-Za-z0-9])"),
    _key("huggingface_token", "a token of Hugging Face", "api_org_", r"[A-Za-z0-9]{30,64}+(?![A-Za-z0-9])"),
    _key("groq_key", "a key of Groq", "gsk_", r"[A-Za-z0-9]{40,64}+"),
    _key("xai_key", "a key of xAI", "xai-", r"[A-Za-z0-9]{60,128}+"),
    _key("perplexity_key", "a key of Perplexity", "pplx-", r"[A-Za-z0-9]{40,64}+(?![A-Za-z0-9])"),
    _key("replicate_token", "a token of Replicate", "r8_", r"[A-Za-z0-9]{37,40}+(?![A-Za-z0-9])"),
    *(_key("vault_token", "a token of Vault", begins, r"[A-Za-z0-9_-]{24,512}+") for begins in ("hvs.", "hvb.", "hvr.")),
    *(_key("digitalocean_token", "a token of DigitalOcean", f"do{sort}_v1_", r"[a-f0-9]{64}(?![A-Za-z0-9])") for sort in "opr"),
    _key("shopify_token", "a token of Shopify", "shp", r"(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}(?![A-Za-z0-9])"),
    _key("npm_token", "a token of npm", "npm_", r"[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    _key("pypi_token", "a token of PyPI", "pypi-AgE", r"[A-Za-z0-9_-]{50,1024}+"),
    _key("sendgrid_key", "a key of SendGrid", "SG.", r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}+"),
    _key("jwt", "a signed token (JWT)", "eyJ", r"[A-Za-z0-9_-]{8,4096}+\.eyJ[A-Za-z0-9_-]{8,8192}+\.[A-Za-z0-9_-]{0,4096}+"),
    Kind("url_password", "secret", "the password in an address", PASSWORD_IN_ADDRESS, ("://",), _in_address),
    Kind("auth_header", "secret", "what logs in to a server", _HEADER, ("bearer ", "basic "), _header, at_needle=True),
    Kind(
        "password", "secret", "a password or key that is assigned", _ASSIGNED,
        ("pass", "pwd", "kennwort", "contraseña", "secret", "token", "key"), _assigned, at_needle=True,
    ),
)  # fmt: skip
"""The more certain ones first: where two overlap, the first one stays."""

TOKEN = Kind("token", "secret", "a long random word, which may be a key", _TOKEN, ends=_random, needs="long word")
