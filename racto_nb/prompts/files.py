"""A file that goes along with a prompt: its bytes, its MIME type and a name to call it by.

The bytes are read when the file is made and never again, so that building a message does no I/O.
"""

from __future__ import annotations

import base64
import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from pydantic import ConfigDict

from racto_nb._paths import expanded, names_near
from racto_nb.exceptions import MissingFileError, UnreadableFileError, UsageError

_IMAGES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
_FALLBACK = "application/octet-stream"
# What the built-in tables lack in some Python version, or give to another format (.ts is a video there).
_BY_SUFFIX = {
    ".ipynb": "application/x-ipynb+json",
    ".log": "text/plain",
    ".markdown": "text/markdown",
    ".md": "text/markdown",
    ".rst": "text/x-rst",
    ".sql": "text/x-sql",
    ".toml": "text/x-toml",
    ".ts": "text/x-typescript",
    ".webp": "image/webp",
    ".yaml": "text/x-yaml",
    ".yml": "text/x-yaml",
}
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True, repr=False)
class RactoFile:
    """A file to attach: `data` (its bytes), `mime_type` such as `"image/png"`, and `name`, a hint for the model.

    A value: it is compared by content, can be hashed, pickled and written to JSON (the bytes as base64). Its repr shows the
    number of bytes and never the bytes. A `UsageError` tells of data that is not bytes and of a MIME type without a slash.

    >>> RactoFile(b"a,b", "text/csv", name="table.csv")
    RactoFile(name='table.csv', mime_type='text/csv', 3 bytes)
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    data: bytes
    mime_type: str
    name: str = field(default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", _checked_bytes(self.data))
        object.__setattr__(self, "mime_type", _checked_mime_type(self.mime_type))
        if not isinstance(self.name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"The name of a RactoFile is text, not {type(self.name).__name__}.")

    @classmethod
    def from_path(cls, path: str | Path) -> RactoFile:
        """Read the file at `path`; the MIME type follows from its suffix, the name is the last part of the path.

        An unknown suffix becomes `application/octet-stream`; give the type yourself with `from_bytes`. A leading `~` is
        the home directory. Raises `MissingFileError` (a `FileNotFoundError`) with the nearest names in that directory,
        `UnreadableFileError` (an `OSError`) for a file that may not be read, and `UsageError` for what is no path of a file.
        """
        if not isinstance(path, str | Path) or not str(path).strip():  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(f"RactoFile.from_path needs the path of a file, not {path!r}.")
        place = expanded(path)
        return cls(_read(place, str(path)), _guessed_type(place), name=place.name)

    @classmethod
    def from_bytes(cls, data: bytes, mime_type: str, name: str = "") -> RactoFile:
        """A file from bytes that are already here, such as a downloaded image.

        >>> RactoFile.from_bytes(b"%PDF-1.7", "application/pdf", name="report.pdf").is_pdf
        True
        """
        return cls(data, mime_type, name=name)

    @property
    def base64_data(self) -> str:
        """The bytes in base64, as one line of ASCII.

        >>> RactoFile(b"hello", "text/plain").base64_data
        'aGVsbG8='
        """
        return base64.b64encode(self.data).decode("ascii")

    @property
    def media_type(self) -> str:
        """The MIME type in lower case and without parameters; the frequent misnomer `image/jpg` is `image/jpeg`.

        >>> RactoFile(b"", "Text/Plain; charset=utf-8").media_type
        'text/plain'
        """
        bare = self.mime_type.partition(";")[0].strip().lower()
        return "image/jpeg" if bare == "image/jpg" else bare

    @property
    def is_image(self) -> bool:
        """True for JPEG, PNG, GIF and WebP, the images that models read."""
        return self.media_type in _IMAGES

    @property
    def is_pdf(self) -> bool:
        """True for `application/pdf`."""
        return self.media_type == "application/pdf"

    @property
    def is_text(self) -> bool:
        """True for every `text/*` type. `application/json` is none of them."""
        return self.media_type.startswith("text/")

    def read_text(self) -> str:
        """The bytes as text: in the `charset` of the MIME type if it names one, else by byte order mark, else UTF-8.

        Raises `UsageError` when the bytes are not text in that encoding. Nothing is replaced: a model that reads `�`
        in place of a name or an amount answers wrongly, and nobody sees why.

        >>> RactoFile(b"caf\\xe9", "text/plain; charset=latin-1").read_text()
        'café'
        """
        encoding = self._encoding()
        try:
            return self.data.decode(encoding)
        except LookupError as error:
            raise UsageError(f"{self._called()} names an encoding that Python does not know: {encoding!r}.") from error
        except UnicodeDecodeError as error:
            raise UsageError(
                f"{self._called()} is not {encoding} text (byte {error.start} is {self.data[error.start]:#04x}). Name its "
                f"encoding in the MIME type, such as 'text/plain; charset=cp1252', or give the type of a binary file."
            ) from error

    def __repr__(self) -> str:
        return f"RactoFile(name={self.name!r}, mime_type={self.mime_type!r}, {len(self.data)} bytes)"

    def _encoding(self) -> str:
        for parameter in self.mime_type.split(";")[1:]:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "charset" and (named := value.strip().strip("\"'")):
                return named
        return next((encoding for mark, encoding in _BYTE_ORDER_MARKS if self.data.startswith(mark)), "utf-8")

    def _called(self) -> str:
        return f"The file {self.name!r}" if self.name else f"The unnamed {self.media_type} file"


def _read(place: Path, written: str) -> bytes:
    try:
        return place.read_bytes()
    except FileNotFoundError as error:
        raise MissingFileError(written, names_near(place)) from error
    except IsADirectoryError as error:
        raise _directory(written) from error
    except OSError as error:
        if isinstance(error, PermissionError) and _is_directory(place):  # what Windows says of a directory
            raise _directory(written) from error
        reason = error.strerror or type(error).__name__
        message = f"The file {written!r} cannot be read: {reason}. Check its permissions and its path."
        raise UnreadableFileError(message, written, error.errno) from error
    except ValueError as error:
        raise UsageError(f"{written!r} is no path of a file: {error}.") from error


def _is_directory(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:
        return False


def _directory(written: str) -> UsageError:
    return UsageError(f"{written!r} is a directory. Attach its files one by one: [RactoFile.from_path(p) for p in …].")


def _checked_bytes(data: object) -> bytes:
    match data:
        case bytes():
            return data
        case bytearray() | memoryview():
            return bytes(cast("bytearray", data))
        case str():
            raise UsageError("The data of a RactoFile is bytes, not str. Use RactoFile.from_path(path), or text.encode().")
        case _:
            raise UsageError(f"The data of a RactoFile is bytes, not {type(data).__name__}.")


def _checked_mime_type(mime_type: object) -> str:
    if isinstance(mime_type, str):
        kind, slash, subtype = mime_type.partition(";")[0].strip().partition("/")
        if kind and slash and subtype and not any(letter.isspace() for letter in kind + subtype):
            return mime_type.strip()
    raise UsageError(f"{mime_type!r} is no MIME type. Write one such as 'image/png', 'application/pdf' or 'text/plain'.")


def _guessed_type(place: Path) -> str:
    # The built-in tables only: the system's own would make the type depend on the machine.
    suffix = place.suffix.lower()
    if known := _BY_SUFFIX.get(suffix):
        return known
    kind, compression = mimetypes.MimeTypes().guess_type(f"file{''.join(place.suffixes[-2:])}", strict=True)
    return _FALLBACK if kind is None or compression else kind
