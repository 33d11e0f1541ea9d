"""Files inside of JSON: base64, and `data:` URLs. Pure."""

from __future__ import annotations

import base64
import binascii
import mimetypes

from racto_nb.exceptions import UsageError
from racto_nb.prompts.files import RactoFile


def data_url(file: RactoFile) -> str:
    """The bytes of a file as a `data:` URL.

    >>> data_url(RactoFile(b"hello", "text/plain"))
    'data:text/plain;base64,aGVsbG8='
    """
    return f"data:{file.mime_type};base64,{file.base64_data}"


def file_of_url(url: str, name: str = "") -> RactoFile | None:
    """The file in a `data:` URL; None where it is none that would be written the same way again."""
    kind, found, data = url.removeprefix("data:").partition(";base64,")
    return file_of(data, kind, name) if found and url.startswith("data:") else None


def file_of(data: str, mime_type: str, name: str = "") -> RactoFile | None:
    """The file whose bytes are `data` in base64; None for what is no MIME type, no base64, or base64 of another kind."""
    try:
        file = RactoFile(base64.b64decode(data, validate=True), mime_type, name)
    except (UsageError, binascii.Error, ValueError):
        return None
    return file if file.mime_type == mime_type and file.base64_data == data else None


def guessed_type(uri: str) -> str:
    """The MIME type of what is at an address, by its ending; empty where that says nothing.

    >>> guessed_type("https://example.org/chart.png?size=2"), guessed_type("file-abc")
    ('image/png', '')
    """
    path = uri.partition("?")[0].partition("#")[0]
    return _TABLES.guess_type(path, strict=True)[0] or ""


# The built-in tables only: the system's own would make the type depend on the machine.
_TABLES = mimetypes.MimeTypes()
_TABLES.add_type("image/webp", ".webp")
