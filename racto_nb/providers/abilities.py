"""Refuse what a model cannot do, before anything is sent. Pure: abilities decide, never provider names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from racto_nb.exceptions import did_you_mean
from racto_nb.models.chat import ChatConfig, MessageRole
from racto_nb.models.embedding import EmbeddingConfig
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.conversation import has_tools
from racto_nb.providers.refusing import unsupported
from racto_nb.providers.wire import ModelSpec


def refuse_unsupported(config: ChatConfig, spec: ModelSpec) -> None:
    """Raise UnsupportedError for the first wish in `config` that the model of `spec` cannot fulfil."""
    able = spec.abilities
    if has_tools(config) and able.tools is False:
        raise unsupported(spec, "tools", "Leave tools out, or use a model that can call tools.")
    if able.tools is False and any(turn.tool_calls or turn.role is MessageRole.TOOL for turn in config.history):
        raise unsupported(spec, "a history with calls of tools", "Leave these turns out, or use a model that can call tools.")
    if config.native_thinking and able.thinking is False:
        raise unsupported(spec, "native_thinking", "chain_of_thought=True works with every model.")
    files = [*(config.attachments or []), *(file for turn in config.history for file in turn.attachments)]
    for file in files:
        _refuse_file(file, spec)
    _refuse_together(files, spec)
    _refuse_extra(config.extra, spec)


def refuse_unsupported_embedding(config: EmbeddingConfig, spec: ModelSpec) -> None:
    """Raise UnsupportedError for a wish about embeddings that the model of `spec` cannot fulfil."""
    if spec.abilities.embeddings is False:
        raise unsupported(spec, "embed", "Use a kit whose provider offers embeddings.")
    if config.dimensions is not None and spec.abilities.dimensions is False:
        raise unsupported(spec, f"dimensions={config.dimensions}", "Leave dimensions out: this model's vectors have one size.")
    _refuse_extra(config.extra, spec)


def _refuse_extra(extra: Iterable[str], spec: ModelSpec) -> None:
    for key in extra:
        if key not in spec.abilities.extras:
            hint = did_you_mean(key, spec.abilities.extras)
            raise unsupported(spec, f"extra[{key!r}]", f"Remove it.{hint}")


def _refuse_file(file: RactoFile, spec: ModelSpec) -> None:
    able = spec.abilities
    allowed = able.text_files if file.is_text else able.images if file.is_image else able.documents
    if allowed is False:
        kind = "images" if file.is_image else "documents such as PDF" if not file.is_text else "text files"
        wish = f"attachment {file.name!r} ({file.mime_type})"
        raise unsupported(spec, wish, f"It takes no {kind}: extract the text and put it in the message, or use another model.")
    _refuse_size(file, spec)


def _refuse_size(file: RactoFile, spec: ModelSpec) -> None:
    limits = spec.abilities.files
    most = limits.image if file.is_image else limits.document
    if not file.is_text and most is not None and (size := _sent(file)) > most:
        what, hint = ("An image", "Make it smaller.") if file.is_image else ("A document", "Split it, or attach its text.")
        wish = f"attachment {file.name!r} ({file.mime_type}) of {_megabytes(size)}"
        raise unsupported(spec, wish, f"{what} may have {_megabytes(most)} as it is sent. {hint}")


def _refuse_together(files: Sequence[RactoFile], spec: ModelSpec) -> None:
    most, size = spec.abilities.files.together, sum(map(_sent, files))
    if most is not None and size > most:
        wish = f"{len(files)} attachments of {_megabytes(size)} together"
        raise unsupported(spec, wish, f"One request may have {_megabytes(most)}. Attach fewer, or smaller ones.")


def _sent(file: RactoFile) -> int:
    """How many bytes a file takes in a request: as text, or as base64."""
    return len(file.data) if file.is_text else 4 * ((len(file.data) + 2) // 3)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
