"""Files and folders of training data that appear whole or not at all, and replace nothing unless told. Kind: threaded."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from racto_nb._paths import expanded
from racto_nb.exceptions import DatasetError, UnreadableFileError, UsageError, WrongTypeError
from racto_nb.finetune.dataset import RactoDataset
from racto_nb.finetune.tuning.data import TrainingData, refuse_faulty


def lines_of(dataset: RactoDataset, written_as: str, *, check: bool) -> bytes:
    """The file of a dataset. Raises WrongTypeError for what is none, DatasetError for an empty one and, with `check`, errors."""
    if not isinstance(dataset, RactoDataset):  # pyright: ignore[reportUnnecessaryIsInstance]
        message = f"A RactoDataset is written, not {type(dataset).__name__}. Write: RactoDataset.from_pairs([...])."
        raise WrongTypeError(message)
    if not len(dataset):
        message = "The dataset holds no examples. Nothing was written."
        raise DatasetError(message)
    data = cast("TrainingData", dataset)
    if check:
        refuse_faulty(data, written_as)
    return data.to_jsonl_string(written_as).encode()


def exported(dataset: RactoDataset, path: str | Path, written_as: str, *, overwrite: bool, check: bool) -> Path:
    """Write a dataset into a file."""
    place = expanded(path).absolute()
    _refuse_taken(place, overwrite=overwrite)
    content = lines_of(dataset, written_as, check=check)
    return _placed(place, lambda new: _file(new, content), overwrite=overwrite)


def folder_of(files: Mapping[str, bytes], path: str | Path, *, overwrite: bool) -> Path:
    """Write `files`, by their names, into a folder. One that is there is replaced only where it holds nothing but such files."""
    place = expanded(path).absolute()
    _refuse_taken(place, overwrite=overwrite)
    if place.exists() and (strange := _strange(place, files)):
        message = f"The folder {str(place)!r} holds other things ({strange!r}), and is not replaced. Give a folder of its own."
        raise UsageError(message)

    def write(new: Path) -> None:
        new.mkdir()
        for name, content in files.items():
            _file(new / name, content)

    return _placed(place, write, overwrite=overwrite)


def refuse_taken(path: str | Path, *, overwrite: bool) -> None:
    """Raise UsageError where something is at `path` already and may not be replaced."""
    _refuse_taken(expanded(path).absolute(), overwrite=overwrite)


def _refuse_taken(place: Path, *, overwrite: bool) -> None:
    if place.exists() and not overwrite:
        message = f"There is something at {str(place)!r} already. Give another path, or overwrite=True."
        raise UsageError(message)


def _strange(place: Path, files: Mapping[str, bytes]) -> str:
    if not place.is_dir():
        return place.name
    return next((each.name for each in sorted(place.iterdir()) if each.name not in files and each.name != _KEPT), "")


_KEPT = "validation.jsonl"
"""A file that an earlier export may have had, and this one does not."""


def _file(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _placed(place: Path, write: Callable[[Path], None], *, overwrite: bool) -> Path:
    """Let `write` make the thing beside its place, and put it there when it is whole."""
    mark = secrets.token_hex(4)
    new, old = (place.with_name(f".{place.name}.{mark}.{what}") for what in ("new", "old"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write(new)
        _put(new, place, old, overwrite=overwrite)
    except OSError as error:
        message = f"{str(place)!r} cannot be written ({error.strerror or error})."
        raise UnreadableFileError(message, str(place), error.errno) from error
    finally:
        _remove(new)
    return place


def _put(new: Path, place: Path, old: Path, *, overwrite: bool) -> None:
    if new.is_dir():
        if place.exists():
            place.rename(old)
        try:
            new.rename(place)
        except OSError:
            if old.exists():
                old.rename(place)
            raise
        _remove(old)
    elif overwrite:
        new.replace(place)
    else:
        os.link(new, place)  # unlike a rename it fails where something came there meanwhile


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            path.unlink()
