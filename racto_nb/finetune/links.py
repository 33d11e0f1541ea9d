"""Files that are somewhere else, and the pieces that a message is made of. Pure values."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from racto_nb.prompts.files import RactoFile


class FileLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that is somewhere else: its address (`https://`, `gs://`, or the id of an uploaded file) and MIME type.

    `detail` is how closely a model looks at a picture ("low", "high", "auto"); None where nothing is said.

    >>> FileLink("https://example.org/chart.png", "image/png").uri
    'https://example.org/chart.png'
    """

    uri: str
    mime_type: str = ""
    detail: str | None = None


Attachment: TypeAlias = RactoFile | FileLink
Part: TypeAlias = str | RactoFile | FileLink
"""A piece of a message: text, a file, or the address of one."""
