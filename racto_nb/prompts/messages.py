"""From a system text, a question and files to the messages of each provider. Pure: the files' bytes are already here.

A file that a provider cannot carry is an error and is never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from racto_nb.exceptions import ProviderNotFoundError, UnsupportedError, UsageError
from racto_nb.prompts.files import RactoFile

Part = dict[str, Any]


def messages_of(system: str, user_message: str, attachments: Sequence[RactoFile], provider: str) -> list[Part]:
    """`[system message, user message]` in the shape of `provider`.

    >>> messages_of("Be brief.", "Hi", [], "generic")
    [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]
    """
    if provider not in PROVIDERS:
        raise ProviderNotFoundError.among("provider", str(provider), PROVIDERS)
    _check_message(user_message)
    _check_attachments(attachments)
    user = _ollama_user if provider == "ollama" else _user_of_parts
    return [{"role": "system", "content": system}, user(user_message, attachments, provider)]


def _check_message(user_message: object) -> None:
    if not isinstance(user_message, str):
        raise UsageError(f"user_message is text, not {type(user_message).__name__}.")
    if not user_message.strip():
        raise UsageError("user_message is empty. Say what the model shall do, also when files are attached.")


def _check_attachments(attachments: object) -> None:
    if not isinstance(attachments, list | tuple):
        raise UsageError(f"attachments is a list of RactoFile, not {type(attachments).__name__}. Write attachments=[file].")
    for place, file in enumerate(attachments):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        if not isinstance(file, RactoFile):
            kind = type(file).__name__  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            raise UsageError(f"attachments[{place}] is {kind}, not a RactoFile. Read it with RactoFile.from_path(path).")
        if not file.data:
            raise UsageError(f"attachments[{place}] ({_called(file)}) has no bytes. Leave it out, or check how it was read.")


def _user_of_parts(user_message: str, attachments: Sequence[RactoFile], provider: str) -> Part:
    if not attachments:
        return {"role": "user", "content": user_message}
    part = PROVIDERS[provider]
    return {"role": "user", "content": [*map(part, attachments), _words(user_message, provider)]}


def _ollama_user(user_message: str, attachments: Sequence[RactoFile], provider: str) -> Part:
    texts = [file.read_text() for file in attachments if file.is_text]
    images = [PROVIDERS[provider](file)["image"] for file in attachments if not file.is_text]
    content = "\n\n".join([*texts, user_message])
    return {"role": "user", "content": content} | ({"images": images} if images else {})


def _words(text: str, provider: str) -> Part:
    return {"text": text} if provider == "google" else {"type": "text", "text": text}


def _openai_part(file: RactoFile) -> Part:
    if file.is_text:
        return _words(file.read_text(), "openai")
    if file.is_pdf:
        return {"type": "file", "file": {"filename": file.name or "document.pdf", "file_data": _data_uri(file)}}
    return {"type": "image_url", "image_url": {"url": _data_uri(file)}}


def _huggingface_part(file: RactoFile) -> Part:
    if file.is_text or file.is_image:
        return _openai_part(file)
    raise _unsupported(file, "huggingface", "takes images and text files only")


def _anthropic_part(file: RactoFile) -> Part:
    if file.is_text:
        return _words(file.read_text(), "anthropic")
    if file.is_image or file.is_pdf:
        source = {"type": "base64", "media_type": file.media_type, "data": file.base64_data}
        return {"type": "image" if file.is_image else "document", "source": source}
    label = f"[File: {file.name or 'unnamed'} ({file.media_type}) - base64 encoded]"
    return _words(f"{label}\n{file.base64_data}", "anthropic")


def _google_part(file: RactoFile) -> Part:
    if file.is_text:
        return _words(file.read_text(), "google")
    return {"inline_data": {"mime_type": file.media_type, "data": file.base64_data}}


def _ollama_part(file: RactoFile) -> Part:
    if file.is_image:
        return {"image": file.base64_data}
    raise _unsupported(file, "ollama", "takes images and text files only")


PROVIDERS: dict[str, Callable[[RactoFile], Part]] = {
    "openai": _openai_part,
    "generic": _openai_part,
    "huggingface": _huggingface_part,
    "anthropic": _anthropic_part,
    "google": _google_part,
    "ollama": _ollama_part,
}


def _data_uri(file: RactoFile) -> str:
    return f"data:{file.media_type};base64,{file.base64_data}"


def _called(file: RactoFile) -> str:
    return f"{file.name!r}, {file.media_type}" if file.name else f"unnamed, {file.media_type}"


def _unsupported(file: RactoFile, provider: str, reason: str) -> UnsupportedError:
    if file.is_pdf:
        advice = "Attach its text (text/plain) or its pages as images, or use openai, anthropic or google, which read PDFs."
    else:
        advice = "If it holds text, attach it as RactoFile(data, 'text/plain', name=…); else convert it to an image or to text."
    return UnsupportedError(
        f"{provider} cannot carry the file ({_called(file)}): it {reason}. {advice}",
        provider=provider,
        wish=f"attach {file.media_type}",
    )
