"""Files that went up to a fake provider, and pages of what it lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qs

import orjson

from racto_nb.testing.answering import Asked
from racto_nb.testing.answers import Answer
from racto_nb.testing.composing import wire_headers
from racto_nb.testing.templates import Json, rendered


@dataclass(frozen=True, slots=True)
class Form:
    """What a form holds: a file with its name, and the other fields."""

    content: bytes
    filename: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


def form_in(kind: str, body: bytes) -> Form | None:
    """The form in a body; a body that is no form is the file itself. None for a form without a file."""
    _, told, boundary = kind.partition("boundary=")
    if not told:
        return Form(body)
    content, filename, fields = None, "", dict[str, str]()
    for part in body.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, text = part.partition(b"\r\n\r\n")
        text = text.removesuffix(b"\r\n")
        given = _disposition(head)
        if given.get("name") == "file":
            content, filename = text, given.get("filename", "")
        else:
            fields[given.get("name", "")] = text.decode(errors="replace")
    return None if content is None else Form(content, filename, fields)


def _disposition(head: bytes) -> Mapping[str, str]:
    message = Message()
    for line in head.decode(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.lower() == "content-disposition":
            message["content-disposition"] = value.strip()
    return {str(name): str(value) for name, value in message.get_params(header="content-disposition") or []}


def page_of(asked: Asked, entries: Sequence[tuple[str, Json]]) -> Answer:
    """The page of a list that is asked for; `entries` are its items by their ids, the newest first."""
    spec = spec_of(asked)
    query = {name: values[-1] for name, values in parse_qs(asked.request.query).items()}
    most, after = int(query.get(spec["query"]["most"], 20)), query.get(spec["query"]["after"], "")
    start = next((place + 1 for place, (name, _) in enumerate(entries) if name == after), 0)
    page = entries[start : start + most]
    last = page[-1][0] if page else None
    more = start + most < len(entries)
    shown = {"jobs": [{"value": value} for _, value in page], "more": more, "last": last, "next": last if more else None}
    return json_answer(asked, rendered(spec["reply"], {**asked.scope, **shown}))


def spec_of(asked: Asked) -> Mapping[str, Json]:
    """The endpoint's entry in its wire's file."""
    assert asked.place.endpoint is not None  # noqa: S101  (only known endpoints come here)
    return asked.place.endpoint.spec


def json_answer(asked: Asked, body: Json) -> Answer:
    """An answer with a body of JSON."""
    return Answer(200, "application/json", [orjson.dumps(body)], wire_headers(asked.place.wire, asked.scope))
