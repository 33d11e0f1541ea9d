"""The vocabularies of tiktoken that are on this machine. Nothing is ever downloaded for a count."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from racto_nb._extras import requires

_STORE = "https://openaipublic.blob.core.windows.net/encodings/"
# What tiktoken would download, and the SHA-256 that it asks of it. With another sum it would download the file again.
_FILES = {
    "cl100k_base": ("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"),
    "o200k_base": ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
    "o200k_harmony": ("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"),
}


def name_for_model(model: str) -> str | None:
    """The vocabulary that `model` reads with, such as "o200k_base"; None where tiktoken is missing or does not know the model.

    A tuned model ("ft:gpt-4.1-mini:...") reads as its base.
    """
    if importlib.util.find_spec("tiktoken") is None:
        return None
    with requires("cache"):
        from tiktoken.model import encoding_name_for_model
    base = model.split(":")[1] if model.startswith("ft:") else model
    try:
        return encoding_name_for_model(base)
    except KeyError:
        return None


def counter_for(name: str) -> Callable[[str], int] | None:
    """What counts the tokens of a text by the vocabulary `name`; None where it would have to be downloaded."""
    if importlib.util.find_spec("tiktoken") is None:
        return None
    with requires("cache"):
        from tiktoken import registry
    if name not in registry.ENCODINGS and not _is_here(name):
        return None
    encode = registry.get_encoding(name).encode_ordinary
    return lambda text: len(encode(text))


def _is_here(name: str) -> bool:
    """Whether the file is where tiktoken looks for it, whole."""
    if name not in _FILES:
        return False
    file, checksum = _FILES[name]
    folder = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    place = Path(tempfile.gettempdir(), "data-gym-cache") if folder is None else Path(folder)
    key = hashlib.sha1(f"{_STORE}{file}.tiktoken".encode(), usedforsecurity=False).hexdigest()
    try:
        return folder != "" and hashlib.sha256((place / key).read_bytes()).hexdigest() == checksum
    except OSError:
        return False
