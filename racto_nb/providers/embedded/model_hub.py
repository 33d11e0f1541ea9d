"""A model file from a model hub, at its pinned revision: one plain GET, resumed with Range where the connection broke."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import IO, Any, cast

from racto_nb._version import __version__
from racto_nb.providers.embedded.delivery import Advance, SourceFailedError
from racto_nb.providers.embedded.facts import HubSource
from racto_nb.providers.embedded.part_file import Kept, PartFile

_CHUNK = 256 * 1024
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
_FRUITLESS = 3
_MOST_REQUESTS = 50
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _BrokenError(Exception):
    """The connection broke or the server stumbled: worth another request."""


@dataclass(frozen=True, slots=True)
class ModelHub:
    """One file of a model hub. `pause` is the wait before the second request, in seconds; it doubles with each fruitless one."""

    source: HubSource
    endpoint: str
    token: str | None = field(default=None, repr=False)
    pause: float = 0.5

    @property
    def title(self) -> str:
        return f"model hub {urllib.parse.urlsplit(self.endpoint).hostname or self.endpoint!r} ({self.source.repo})"

    def deliver(self, part: PartFile, advance: Advance) -> None:
        request = self._request()
        key = f"hub {self.source.repo}@{self.source.revision}/{self.source.path}"
        fruitless = 0
        for _ in range(_MOST_REQUESTS):
            kept = part.kept(key)
            try:
                return _receive(request, part, key, kept, advance)
            except _BrokenError as error:
                gained = part.kept(key).size > kept.size
                fruitless = 1 if gained else fruitless + 1
                if fruitless == _FRUITLESS:
                    msg = f"{error}, {fruitless} times in a row"
                    raise SourceFailedError(msg) from error
                time.sleep(self.pause * 2 ** (fruitless - 1))
        msg = f"the connection broke {_MOST_REQUESTS} times"
        raise SourceFailedError(msg)

    def _request(self) -> urllib.request.Request:
        at = _checked_endpoint(self.endpoint)
        path = urllib.parse.quote(f"/{self.source.repo}/resolve/{self.source.revision}/{self.source.path}")
        request = urllib.request.Request(self.endpoint.rstrip("/") + path)  # noqa: S310  (the scheme was checked)
        request.add_header("User-Agent", f"racto-nb/{__version__}")
        request.add_header("Accept-Encoding", "identity")
        if self.token and (at.scheme == "https" or at.hostname in _LOOPBACK):
            if not re.fullmatch(r"[\x21-\x7e]+", self.token):
                msg = "HF_TOKEN holds a character that no token has: set it again, or unset it (these models are public)"
                raise SourceFailedError(msg)
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        return request


def _checked_endpoint(endpoint: str) -> urllib.parse.SplitResult:
    try:
        at = urllib.parse.urlsplit(endpoint)
        usable = at.scheme in {"http", "https"} and bool(at.hostname) and (at.port is None or at.port > 0)
    except ValueError:
        usable, at = False, urllib.parse.urlsplit("")
    if not usable:
        msg = "HF_ENDPOINT is no address: write it as https://host"
        raise SourceFailedError(msg)
    if at.username is not None or at.password is not None:
        msg = "HF_ENDPOINT must not hold a user name or a password: put the token in HF_TOKEN"
        raise SourceFailedError(msg)
    return at


def _receive(base: urllib.request.Request, part: PartFile, key: str, kept: Kept, advance: Advance) -> None:
    if kept.size == part.size:  # everything had come, but was not checked yet
        with part.writing(key, kept):
            return
    request = _ranged(base, kept.size)
    try:
        with _opener().open(request, timeout=_CONNECT_SECONDS) as answer:
            kept = _offered(cast("http.client.HTTPResponse", answer), kept, part)
            _copy(cast("http.client.HTTPResponse", answer), part, key, kept, advance)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error.code, part, kept) from error
    except urllib.error.URLError as error:
        raise _no_connection(error.reason) from error
    except (OSError, http.client.HTTPException) as error:
        msg = f"the connection broke ({type(error).__name__})"
        raise _BrokenError(msg) from error


def _ranged(base: urllib.request.Request, start: int) -> urllib.request.Request:
    request = urllib.request.Request(base.full_url, headers=dict(base.headers))  # noqa: S310  (the scheme was checked)
    for name, value in base.unredirected_hdrs.items():
        request.add_unredirected_header(name, value)
    if start:
        request.add_header("Range", f"bytes={start}-")
    return request


def _copy(answer: http.client.HTTPResponse, part: PartFile, key: str, kept: Kept, advance: Advance) -> None:
    with part.writing(key, kept) as out:
        while data := answer.read1(_CHUNK):
            out.write(data)
            advance(out.done)
        if out.done < part.size:
            msg = f"the connection ended after {out.done} of {part.size} bytes"
            raise _BrokenError(msg)


def _offered(answer: http.client.HTTPResponse, kept: Kept, part: PartFile) -> Kept:
    """Where the answer's first byte belongs: after `kept`, or at the beginning when the server ignores Range."""
    if answer.status == http.client.PARTIAL_CONTENT:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("Content-Range", ""))
        if told is None or int(told[1]) != kept.size:
            part.discard()
            msg = "the server sent another part of the file than asked for"
            raise _BrokenError(msg)
        length = told[2]
    else:
        kept, length = Kept(), answer.headers.get("Content-Length", "*")
    if length.isdecimal() and int(length) != part.size:
        msg = f"offers {length} bytes where the file has {part.size}: this is another file, or a page of a proxy"
        raise SourceFailedError(msg)
    return kept


def _refusal(code: int, part: PartFile, kept: Kept) -> Exception:
    match code:
        case 401 | 403:
            return SourceFailedError(
                f"refused the download (HTTP {code}): HF_TOKEN may be wrong (unset it: these models are public)"
            )
        case 404 | 410:
            return SourceFailedError(f"has no such file at the pinned revision (HTTP {code})")
        case 416 if kept.size:
            part.discard()
            return _BrokenError("the server cannot go on where the download stopped (HTTP 416)")
        case 408 | 425 | 429 | 500 | 502 | 503 | 504:
            return _BrokenError(f"the server cannot answer now (HTTP {code})")
        case _:
            return SourceFailedError(f"answered with HTTP {code}")


def _no_connection(reason: str | BaseException) -> Exception:
    match reason:
        case ssl.SSLCertVerificationError():
            return SourceFailedError(
                f"its certificate is not trusted here ({reason.verify_message}); SSL_CERT_FILE may name your own"
            )
        case socket.gaierror():
            return SourceFailedError("cannot be found (no network, or a firewall)")
        case OSError():
            return _BrokenError(f"cannot be reached ({reason.strerror or type(reason).__name__})")
        case _:
            return SourceFailedError("cannot be reached")


def _opener() -> urllib.request.OpenerDirector:
    """Proxies of the environment, redirects to http(s) only, and no reading of local files by a redirect."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        _Http(),
        _Https(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Hubs redirect to where the bytes are. The token goes along only to the same address."""

    def redirect_request(  # noqa: PLR0917  (urllib's signature)
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        if new.scheme not in {"https", old.scheme}:
            text = "redirects to an address without encryption"
            raise SourceFailedError(text)
        following = super().redirect_request(req, fp, code, msg, headers, newurl)
        if following is not None and (old.scheme, old.netloc) == (new.scheme, new.netloc):
            for name, value in req.unredirected_hdrs.items():
                if name == "Authorization":
                    following.add_unredirected_header(name, value)
        return following


class _PatientHttp(http.client.HTTPConnection):
    """A short wait for the connection, a longer one for its bytes."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_SECONDS)


class _PatientHttps(http.client.HTTPSConnection):
    """The same, encrypted."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(_READ_SECONDS)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PatientHttp, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        options: dict[str, Any] = {"context": ssl.create_default_context()}
        return self.do_open(_PatientHttps, req, **options)
