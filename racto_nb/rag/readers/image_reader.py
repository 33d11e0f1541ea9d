"""Pictures by Pillow: what is known of them, and the text in them."""

from __future__ import annotations

import io
import threading
import warnings
from typing import Any

from racto_nb._extras import imported
from racto_nb.exceptions import TooLargeFileError
from racto_nb.rag.readers.composing import Composed, Composer, Fact
from racto_nb.rag.readers.file_reader import FileReader
from racto_nb.rag.readers.opening import MOST_BYTES, FileBytes
from racto_nb.rag.readers.recognising import Recogniser
from racto_nb.rag.readers.tables import in_words

# The filters of warnings belong to the process: one reader at a time changes them, and puts them back.
_QUIET = threading.Lock()
_MOST_PIXELS = 100_000_000
_TOLD = ("ImageDescription", "Artist", "Copyright", "DateTimeOriginal", "DateTime", "Make", "Model", "Software")
_EXIF_PART = 0x8769
_LONGEST = 200


class ImageReader(FileReader):
    """Describes a picture in a line (its name, format, size in pixels and mode), and with `include_exif` what its EXIF data tell:
    description, artist, copyright, date, camera and software. Where it was taken is not read.

    With `ocr=True` the text in it is read and stands below. That is done on this machine with models that come with the extra
    `rag-ocr`, at about a second of processor time for a small picture; without the extra, MissingExtraError. A picture of
    more than 100 million pixels is not unpacked: a TooLargeFileError then. The metadata say `format`, `width`, `height`,
    `mode` and `frames`.
    """

    endings = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})

    def __init__(self, include_exif: bool = True, *, ocr: bool = False, max_bytes: int = MOST_BYTES) -> None:  # noqa: FBT001, FBT002  (as documented)
        super().__init__(max_bytes=max_bytes)
        self._include_exif = include_exif
        self._ocr = ocr
        self._recogniser = Recogniser()

    def _parsed(self, file: FileBytes) -> Composed:
        pillow = imported("PIL.Image", extra="rag-image")
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's warnings are about large and damaged pictures: both are errors here
            try:
                picture = pillow.open(io.BytesIO(file.data))
            except pillow.DecompressionBombError as error:
                raise _too_many(file) from error
            exif = _exif(picture) if self._include_exif else {}
            facts: dict[str, Fact] = {
                "format": str(picture.format),
                "width": int(picture.width),
                "height": int(picture.height),
                "mode": str(picture.mode),
                "frames": int(getattr(picture, "n_frames", 1)),
            }
            picture = self._unpacked(picture, file) if self._ocr else None
        composer = Composer()
        composer.add(f"Picture {file.name}: {facts['format']}, {facts['width']} x {facts['height']} pixels, mode {facts['mode']}")
        for name, words in exif.items():
            composer.add(f"\n{name}: {words}")
        if picture is not None and (text := self._recogniser.text_in(picture)):
            composer.separate()
            composer.add(text)
        return composer.composed(**facts, **{name.lower(): words for name, words in exif.items()})

    def _unpacked(self, picture: Any, file: FileBytes) -> Any:
        if picture.width * picture.height > _MOST_PIXELS:
            raise _too_many(file)
        return picture.convert("RGB")


def _too_many(file: FileBytes) -> TooLargeFileError:
    return TooLargeFileError(f"The picture {file.source!r} has more than {_MOST_PIXELS:,} pixels. Make it smaller.", file.source)


def _exif(picture: Any) -> dict[str, str]:
    tags = imported("PIL.ExifTags", extra="rag-image").TAGS
    whole = picture.getexif()
    known = {str(tags.get(number, "")): value for number, value in [*whole.items(), *whole.get_ifd(_EXIF_PART).items()]}
    told = {name: in_words(known[name])[:_LONGEST] for name in _TOLD if isinstance(known.get(name), str)}
    return {name: words for name, words in told.items() if words.strip("\x00 ")}
