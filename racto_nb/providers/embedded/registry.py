"""The models of this machine: which are known, which are here, and how a missing one is fetched.

Threaded kind: the bodies are synchronous. To stop one from another thread, let its reporter raise.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from racto_nb.exceptions import ModelDownloadError, ModelFileError, ModelNotFoundError
from racto_nb.providers.embedded.delivery import Source
from racto_nb.providers.embedded.downloading import download, locked
from racto_nb.providers.embedded.facts import BUILT_IN, DEFAULT_CHAT, FALLBACK_CHAT, ModelCard, ModelFile
from racto_nb.providers.embedded.listing import ModelRow, rows, size_in_words
from racto_nb.providers.embedded.part_file import PartFile, disk_errors
from racto_nb.providers.embedded.reporting import Reporter, StderrReporter
from racto_nb.providers.embedded.settings import Settings, settings_from
from racto_nb.providers.embedded.sources import sources_for
from racto_nb.providers.embedded.user_models import read_models
from racto_nb.providers.embedded.verifying import stamp_path, verify


@dataclass(frozen=True, slots=True)
class ReadyModel:
    """A model whose files are here and were verified. `paths` are in the order of `card.files`."""

    card: ModelCard
    paths: tuple[Path, ...]

    @property
    def path(self) -> Path:
        """The weights."""
        return self.paths[0]

    def file(self, name: str) -> Path:
        """The path of the file the card calls `name`. Raises `ModelNotFoundError` when it has no such file."""
        for file, path in zip(self.card.files, self.paths, strict=True):
            if file.name == name:
                return path
        what = f"file of the model {self.card.name!r} called"
        raise ModelNotFoundError.among(what, name, [file.name for file in self.card.files])


class Registry:
    """The known models and their files.

    `settings` say where the files are and how they may be fetched; `built_in` are the cards known without a file of the user's.
    A card of the user's replaces a built-in one of the same name. Raises `UsageError` for a wrong table of models.

    >>> Registry.standard().card("smollm2-135m").licence
    'Apache-2.0'
    """

    @classmethod
    def standard(cls) -> Self:
        """The registry this process's environment asks for (see `settings_from`)."""
        return cls(settings_from())

    def __init__(self, settings: Settings, *, built_in: Iterable[ModelCard] = BUILT_IN) -> None:
        self.settings = settings
        own = self.settings.models_file
        listed = read_models(own) if self.settings.models_file_required or own.exists() else []
        self._cards = {card.name: card for card in [*built_in, *listed]}

    def cards(self) -> list[ModelCard]:
        """All known models, in the order of their listing."""
        return list(self._cards.values())

    def card(self, name: str) -> ModelCard:
        """The model called `name`. Raises `ModelNotFoundError` with the nearest names."""
        if name not in self._cards:
            raise ModelNotFoundError.among("embedded model", name, self._cards)
        return self._cards[name]

    def paths_of(self, card: ModelCard) -> tuple[Path, ...]:
        """Where the files of `card` are, or would be: `<model>-<first 12 digits of the sha256>.<ending>` in the cache folder."""
        return tuple(self._path(card, file) for file in card.files)

    def path_of(self, card: ModelCard) -> Path:
        """Where the weights of `card` are, or would be."""
        return self._path(card, card.files[0])

    def _path(self, card: ModelCard, file: ModelFile) -> Path:
        return self.settings.cache_dir / f"{card.name}-{file.sha256[:12]}{Path(file.name).suffix}"

    def installed(self, card: ModelCard) -> bool:
        """Whether all files of `card` are here in their full size. Their content is verified by `ensure`."""
        return all(
            path.is_file() and path.stat().st_size == file.size
            for path, file in zip(self.paths_of(card), card.files, strict=True)
        )

    def installed_names(self) -> list[str]:
        """The names of the models that are here."""
        return [card.name for card in self.cards() if self.installed(card)]

    def rows(self) -> list[ModelRow]:
        """What `racto-nb models` lists."""
        return rows(self.cards(), set(self.installed_names()))

    def ensure(self, name: str, *, reporter: Reporter | None = None, allow_download: bool = True) -> ReadyModel:
        """The model `name` with its files verified, fetched first where they are missing.

        `reporter` is told what happens (standard error by default). With `allow_download=False`, or `RACTO_DOWNLOAD=never`,
        nothing is fetched. Raises `ModelNotFoundError`, `CorruptModelFileError` for a file in the cache that is another than it
        should be, and `ModelDownloadError` with one reason per source.
        """
        card, told = self.card(name), reporter or StderrReporter()
        try:
            missing = [file for file in card.files if not self._is_here(card, file, told)]
            if missing:
                self._check_allowed(card, allow_download=allow_download)
                self._fetch(card, missing, told)
        finally:
            told.finished()
        return ReadyModel(card, self.paths_of(card))

    def _is_here(self, card: ModelCard, file: ModelFile, reporter: Reporter) -> bool:
        path = self._path(card, file)
        _refuse_folder(path)
        if not path.is_file():
            return False
        with disk_errors(path):
            verify(path, file, model=card.name, reporter=reporter)
        return True

    def _check_allowed(self, card: ModelCard, *, allow_download: bool) -> None:
        if allow_download and self.settings.download_allowed:
            return
        why = "RACTO_DOWNLOAD is 'never'" if allow_download else "this call forbids downloads"
        msg = (
            f"The model {card.name!r} ({size_in_words(card.size)}) is not on this machine, and {why}. {self._what_is_here()} "
            f"Run `racto-nb models download {card.name}` where downloads are allowed, or put {self._wanted(card)} into "
            f"{str(self.settings.cache_dir)!r} by hand."
        )
        raise ModelDownloadError(msg, path=str(self.path_of(card)), reasons=[why])

    def _fetch(self, card: ModelCard, missing: list[ModelFile], reporter: Reporter) -> None:
        plans = [(file, sources_for(file, self.settings)) for file in missing]
        orphans = [self._path(card, file) for file, sources in plans if not sources]
        if orphans:
            raise self._nowhere(card, orphans[0], [f"{path.name}: no source is known" for path in orphans])
        reporter.say(
            f"Downloading {card.name}: {card.title}, {size_in_words(sum(file.size for file in missing))}, licence "
            f"{card.licence}, from: {_plan_in_words(plans)}. To refuse, interrupt, or set RACTO_DOWNLOAD=never."
        )
        for file, sources in plans:
            path = self._path(card, file)
            reasons = download(file, path, sources=sources, reporter=reporter)
            if reasons:
                raise self._nowhere(card, path, reasons)
            with disk_errors(path):
                verify(path, file, model=card.name, reporter=reporter)
        reporter.say(f"{card.name} is ready, and its checksum is right.")

    def _nowhere(self, card: ModelCard, path: Path, reasons: list[str]) -> ModelDownloadError:
        msg = (
            f"The model {card.name!r} could not be fetched. {'; '.join(reasons)}. {self._what_is_here()} Try again later with "
            f"`racto-nb models download {card.name}`, or put {self._wanted(card)} into {str(path.parent)!r} by hand."
        )
        return ModelDownloadError(msg, path=str(path), reasons=reasons)

    def _what_is_here(self) -> str:
        names = self.installed_names()
        return f"Installed: {', '.join(names)}." if names else "No model is installed."

    def _wanted(self, card: ModelCard) -> str:
        return " and ".join(repr(path.name) for path in self.paths_of(card) if not path.exists())

    def ensure_default_chat(self, *, reporter: Reporter | None = None, allow_download: bool = True) -> ReadyModel:
        """The default chat model; where it cannot be had, the small fallback, and `reporter` is told so plainly.

        Raises `ModelDownloadError` with one reason per source when neither can be had.
        """
        told = reporter or StderrReporter()
        try:
            return self.ensure(DEFAULT_CHAT, reporter=told, allow_download=allow_download)
        except ModelDownloadError as error:
            first = error
        reasons = [f"{DEFAULT_CHAT}: {reason}" for reason in first.reasons or [str(first)]]
        try:
            ready = self.ensure(FALLBACK_CHAT, reporter=told, allow_download=allow_download)
        except ModelDownloadError as error:
            reasons += [f"{FALLBACK_CHAT}: {reason}" for reason in error.reasons or [str(error)]]
            msg = (
                f"No chat model can be had, neither {DEFAULT_CHAT!r} nor the small {FALLBACK_CHAT!r}. {'; '.join(reasons)}. "
                f"{self._what_is_here()} Try again later with `racto-nb models download {DEFAULT_CHAT}`."
            )
            raise ModelDownloadError(msg, path=error.path, reasons=reasons) from first
        told.say(
            f"Using the small model {FALLBACK_CHAT}, since {DEFAULT_CHAT} cannot be had ({'; '.join(reasons)}). It is much "
            f"weaker: good for a demonstration, not for work. To get the real one: `racto-nb models download {DEFAULT_CHAT}`."
        )
        return ready

    def remove(self, name: str) -> list[Path]:
        """Delete the files of the model `name` and what is left of a download. Returns the paths that were deleted.

        Raises `ModelNotFoundError`, and `ModelFileError` while the model is being downloaded or a program holds a file open.
        """
        card = self.card(name)
        return [path for file in card.files for path in self._remove_file(self._path(card, file), file.size)]

    def _remove_file(self, path: Path, size: int) -> list[Path]:
        if not path.parent.is_dir():
            return []

        def busy() -> None:
            msg = f"{path.name!r} is being downloaded now, so it cannot be removed. Interrupt that download first."
            raise ModelFileError(msg, path=str(path))

        _refuse_folder(path)
        part = PartFile(path, size=size)
        with locked(path, waiting=lambda: busy):
            # A link whose target is gone does not exist, but is there.
            gone = [found for found in (path, stamp_path(path), part.path, part.journal) if found.exists() or found.is_symlink()]
            try:
                for found in gone:
                    found.unlink()
                shutil.rmtree(part.scratch, ignore_errors=True)
            except OSError as error:
                msg = f"{str(path)!r} cannot be removed: {error.strerror}. Close the notebooks that use it and try again."
                raise ModelFileError(msg, path=str(path)) from error
        return gone


def _refuse_folder(path: Path) -> None:
    if path.is_dir():
        msg = f"{str(path)!r} is a folder, where a model's file belongs. Move it away or delete it, then try again."
        raise ModelFileError(msg, path=str(path))


def _plan_in_words(plans: list[tuple[ModelFile, list[Source]]]) -> str:
    ways = [(file.name, ", else ".join(source.title for source in sources)) for file, sources in plans]
    return ways[0][1] if len(ways) == 1 else "; ".join(f"{way} for {name}" for name, way in ways)
