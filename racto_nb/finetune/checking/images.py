"""Pictures and other files: where they stand, what they are, how large and how many. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.limits import LIMITS, MEGABYTE, Limits
from racto_nb.finetune.checking.naming import is_system, meant
from racto_nb.finetune.checking.options import CheckOptions
from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.checking.survey import surveyed
from racto_nb.finetune.checking.targets import Target
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.messages import Attachment, FileLink, RactoTrainingMessage
from racto_nb.prompts.files import RactoFile

Examples = Sequence[RactoTrainingExample]

_BEGINNINGS = {
    "image/gif": (b"GIF8",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG",),
    "image/webp": (b"RIFF",),
    "application/pdf": (b"%PDF",),
}
"""The first bytes of files of a type."""


def with_files(examples: Examples) -> Iterator[tuple[int, int, RactoTrainingMessage]]:
    """The messages that have files, with the places of their example and of themselves."""
    for place, example in surveyed(examples).specials():
        for number, message in enumerate(example.turns()):
            if message.attachments:
                yield place, number, message


def is_image(file: Attachment) -> bool:
    """Whether a file or an address says that it is a picture; an address without a type may be anything."""
    return media_type(file).startswith("image/")


def media_type(file: Attachment) -> str:
    """The MIME type in lower case and without parameters, "" for an address that says none."""
    if isinstance(file, RactoFile):
        return file.media_type
    bare = file.mime_type.partition(";")[0].strip().lower()
    return "image/jpeg" if bare == "image/jpg" else bare


def limits_of(ask: CheckOptions) -> Limits:
    """The figures of the target; all None for one that has none."""
    return LIMITS.get(ask.provider) or Limits("")


def _file_place(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, number, message in with_files(examples):
        role = meant(message.role)
        if role == "assistant" or is_system(role):
            says = f"A file stands in a {message.role!r:.60} message."
            yield Finding("file_place", "error", says, example=place, message=number, fix="Files belong to messages of the user.")


def _text_only(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    for place, number, _message in with_files(examples):
        says = f"It has a file; {ask.provider!r} learns from text alone."
        yield Finding("text_only", "error", says, example=place, message=number)


def _image_type(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    taken = limits_of(ask).image_types
    for place, number, message in with_files(examples):
        for file in message.attachments:
            found = media_type(file)
            if taken is not None and is_image(file) and found not in taken:
                names = ", ".join(sorted(name.removeprefix("image/").upper() for name in taken))
                says = f"A picture is {found}; {ask.provider!r} takes {names}."
                yield Finding("image_type", "error", says, example=place, message=number, fix="Convert it.")
            elif isinstance(file, RactoFile) and not _begins_so(file, found):
                says = f"A file ({len(file.data):,} bytes) says that it is {found}, and does not begin as one."
                yield Finding("image_type", "warning", says, example=place, message=number, fix="Give it the type that it has.")


def _begins_so(file: RactoFile, kind: str) -> bool:
    begins = _BEGINNINGS.get(kind)
    return begins is None or file.data.startswith(begins)


def _image_size(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    most = limits_of(ask).image_bytes
    for place, number, message in with_files(examples):
        for file in message.attachments:
            size = 0 if isinstance(file, FileLink) else len(file.data)
            if most is not None and size > most and is_image(file):
                says = f"A picture has {size / MEGABYTE:.1f} MB; {ask.provider!r} takes {most // MEGABYTE} MB."
                yield Finding("image_size", "error", says, example=place, message=number, fix="Make it smaller.")


def _too_many_images(examples: Examples, ask: CheckOptions) -> Iterator[Finding]:
    most, counts = limits_of(ask).images, dict[int, int]()
    for place, _number, message in with_files(examples):
        counts[place] = counts.get(place, 0) + sum(map(is_image, message.attachments))
    for place, count in counts.items():
        if most is not None and count > most:
            says = f"It has {count} pictures; {ask.provider!r} takes {most} in an example."
            yield Finding("too_many_images", "error", says, example=place)


def _limited(target: Target) -> bool:
    return target.name in LIMITS and LIMITS[target.name].images is not None


RULES = (
    Rule(
        "file_place",
        "error",
        "A file stands in a message of the assistant or the system.",
        _file_place,
        holds=lambda target: target.files and target.family != "racto",
    ),
    Rule(
        "text_only",
        "error",
        "A file is in data of which only the text is learnt.",
        _text_only,
        holds=lambda target: target.name in LIMITS and LIMITS[target.name].text_only,
    ),
    Rule(
        "image_type",
        "error",
        "A picture is of a type that the provider does not take, or (a warning) not of the type that it says.",
        _image_type,
        holds=lambda target: target.files,
    ),
    Rule("image_size", "error", "A picture has more bytes than the provider takes.", _image_size, holds=_limited),
    Rule("too_many_images", "error", "An example has more pictures than the provider takes.", _too_many_images, holds=_limited),
)
