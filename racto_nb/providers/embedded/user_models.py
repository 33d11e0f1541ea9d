"""The user's own models: a TOML file with the fields of `facts.ModelCard`, checked field by field."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from racto_nb.exceptions import UsageError
from racto_nb.providers.embedded.facts import MEMORY_PER_TOKEN, HubSource, ModelCard, ModelFile, WheelSource

_SHOWN = 80
# Names become file names and parts of an address or a command line, so what they may hold is narrow.
MODEL_NAME = r"[a-z0-9][a-z0-9._-]{0,99}"
_FILES_OF = {
    "chat": ((".gguf",), "a chat model is one GGUF file (.gguf)"),
    "embedding": ((".onnx", ".json"), "an embedding model is an ONNX file (.onnx) followed by its tokenizer.json"),
}
_Words = Annotated[str, Field(min_length=1, max_length=300)]
_Count = Annotated[int, Field(ge=1, lt=2**63)]
_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
_Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Repo = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$")]
_Revision = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
_HubPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$")]
_Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9._+!-]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Hub(_Strict):
    repo: _Repo
    revision: _Revision
    path: _HubPath


class _Wheels(_Strict):
    requirements: Annotated[list[_Requirement], Field(min_length=1)]
    suffix: _Words


class _File(_Strict):
    name: _FileName
    sha256: _Sha256
    size: _Count
    hub: _Hub | None = None
    wheels: _Wheels | None = None


class _Model(_Strict):
    kind: Literal["chat", "embedding"]
    title: _Words
    licence: _Words
    files: Annotated[list[_File], Field(min_length=1)]
    window: _Count
    default_context: _Count
    note: _Words
    memory: _Count
    memory_per_token: Annotated[int, Field(ge=0, lt=2**63)] = MEMORY_PER_TOKEN


class _Models(_Strict):
    models: dict[Annotated[str, Field(pattern=f"^{MODEL_NAME}$")], _Model] = {}


def read_models(path: Path) -> list[ModelCard]:
    """The cards in the TOML file `path`. Raises `UsageError` that names the file, the table and the field."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        msg = f"The table of models {str(path)!r} cannot be read: {error.strerror}. Correct RACTO_MODELS_FILE, or write the file."
        raise UsageError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"The table of models {str(path)!r} is not UTF-8 text (byte {error.start}). Save it as UTF-8."
        raise UsageError(msg) from error
    return models_from(text, where=str(path))


def models_from(text: str, *, where: str) -> list[ModelCard]:
    """The cards in the TOML `text`, which came from the file `where`.

    Raises `UsageError` that names the file, the table and the field.

    >>> models_from("", where="models.toml")
    []
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"The table of models {where!r} is not TOML: {error}."
        raise UsageError(msg) from error
    try:
        found = _Models.model_validate(table)
    except ValidationError as error:
        raise UsageError(_complaint(where, error)) from error
    return [_card(where, name, model) for name, model in found.models.items()]


def _card(where: str, name: str, model: _Model) -> ModelCard:
    if model.default_context > model.window:
        msg = f"{where!r}, table [models.{name}], field 'default_context': {model.default_context} is larger than the window."
        raise UsageError(msg)
    endings, words = _FILES_OF[model.kind]
    if tuple(Path(file.name).suffix for file in model.files) != endings:
        found = ", ".join(repr(file.name) for file in model.files)
        msg = f"{where!r}, table [models.{name}], field 'files': {words}, found {_cut(found)}."
        raise UsageError(msg)
    return ModelCard(
        name=name,
        kind=model.kind,
        title=model.title,
        licence=model.licence,
        files=tuple(_file(file) for file in model.files),
        window=model.window,
        default_context=model.default_context,
        note=model.note,
        memory=model.memory,
        memory_per_token=model.memory_per_token,
    )


def _file(file: _File) -> ModelFile:
    hub = file.hub and HubSource(repo=file.hub.repo, revision=file.hub.revision, path=file.hub.path)
    wheels = file.wheels and WheelSource(requirements=tuple(file.wheels.requirements), suffix=file.wheels.suffix)
    return ModelFile(name=file.name, sha256=file.sha256, size=file.size, hub=hub, wheels=wheels)


def _complaint(where: str, error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = first["loc"]
    if len(place) < 2 or place[0] != "models":  # noqa: PLR2004  (["models", name, …])
        return f"{where!r}: {_shown(place)!r} is not known here. Each model is a table [models.NAME]."
    if place[2:] in {(), ("[key]",)}:
        return f"{where!r}, table [models.{place[1]}]: {_said(first)}. A name has lower-case letters, digits, '.', '_' and '-'."
    return f"{where!r}, table [models.{place[1]}], field {_shown(place[2:])!r}: {_said(first)}."


def _shown(place: tuple[int | str, ...]) -> str:
    """`("files", 0, "sha256")` as `files[0].sha256`."""
    return re.sub(r"\.\[", "[", ".".join(f"[{step}]" if isinstance(step, int) else step for step in place))


def _said(detail: Any) -> str:
    match detail["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a field of a model"
        case _:
            return f"{detail['msg'][0].lower()}{detail['msg'][1:]}, found {_cut(repr(detail['input']))}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
