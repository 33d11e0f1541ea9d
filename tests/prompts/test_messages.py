"""Messages in the shape of each provider: nothing is left out, nothing is sent that the provider cannot read."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from racto_nb.exceptions import ProviderNotFoundError, UnsupportedError, UsageError
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.messages import PROVIDERS

PROMPT = RactoPrompt(role="You see.", aim="Describe.", constraints="Be brief.", tone="Calm", output_format="text")
IMAGE = RactoFile(b"\x89PNG", "image/png", name="chart.png")
PDF = RactoFile(b"%PDF-", "application/pdf", name="report.pdf")
TEXT = RactoFile("Größe: 5".encode(), "text/plain", name="notes.txt")
OTHER = RactoFile(b"\x00\x01", "application/zip", name="all.zip")


def content(provider: str, *files: RactoFile) -> Any:
    system, user = PROMPT.to_messages("What is it?", attachments=list(files), provider=provider)
    assert system == {"role": "system", "content": PROMPT.compile()}
    assert user["role"] == "user"
    return user["content"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_files_the_content_is_the_bare_question(provider: str):
    assert PROMPT.to_messages("Hi", provider=provider) == [
        {"role": "system", "content": PROMPT.compile()},
        {"role": "user", "content": "Hi"},
    ]


@pytest.mark.parametrize("provider", ["openai", "generic"])
def test_openai_gets_images_as_urls_pdfs_as_files_and_text_as_text(provider: str):
    assert content(provider, IMAGE, PDF, TEXT, OTHER) == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        {"type": "file", "file": {"filename": "report.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
        {"type": "text", "text": "Größe: 5"},
        {"type": "image_url", "image_url": {"url": "data:application/zip;base64,AAE="}},
        {"type": "text", "text": "What is it?"},
    ]


def test_a_pdf_without_a_name_gets_one_for_openai():
    assert content("openai", RactoFile(b"%PDF-", "application/pdf"))[0]["file"]["filename"] == "document.pdf"


def test_anthropic_gets_image_and_document_blocks_and_labelled_bytes():
    assert content("anthropic", IMAGE, PDF, TEXT, OTHER) == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}},
        {"type": "text", "text": "Größe: 5"},
        {"type": "text", "text": "[File: all.zip (application/zip) - base64 encoded]\nAAE="},
        {"type": "text", "text": "What is it?"},
    ]


def test_google_gets_inline_data_for_all_but_text():
    assert content("google", IMAGE, PDF, TEXT, OTHER) == [
        {"inline_data": {"mime_type": "image/png", "data": "iVBORw=="}},
        {"inline_data": {"mime_type": "application/pdf", "data": "JVBERi0="}},
        {"text": "Größe: 5"},
        {"inline_data": {"mime_type": "application/zip", "data": "AAE="}},
        {"text": "What is it?"},
    ]


def test_huggingface_gets_images_and_text():
    assert content("huggingface", IMAGE, TEXT) == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
        {"type": "text", "text": "Größe: 5"},
        {"type": "text", "text": "What is it?"},
    ]


def test_ollama_gets_images_beside_the_text():
    assert PROMPT.to_messages("What is it?", [TEXT, IMAGE], "ollama")[1] == {
        "role": "user",
        "content": "Größe: 5\n\nWhat is it?",
        "images": ["iVBORw=="],
    }


def test_ollama_without_an_image_gets_no_list_of_images():
    assert PROMPT.to_messages("What is it?", [TEXT], "ollama")[1] == {"role": "user", "content": "Größe: 5\n\nWhat is it?"}


@pytest.mark.parametrize("provider", ["ollama", "huggingface"])
@pytest.mark.parametrize(("file", "advice"), [(PDF, "pages as images"), (OTHER, "text/plain")])
def test_a_file_that_a_provider_cannot_carry_is_refused_with_an_alternative(provider: str, file: RactoFile, advice: str):
    with pytest.raises(UnsupportedError, match=advice) as caught:
        content(provider, IMAGE, file)
    assert (caught.value.provider, caught.value.wish) == (provider, f"attach {file.mime_type}")
    assert repr(file.name) in str(caught.value)


def test_the_type_is_sent_without_its_parameters():
    png = RactoFile(b"x", "Image/PNG; charset=binary")
    assert content("anthropic", png)[0]["source"]["media_type"] == "image/png"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_text_that_cannot_be_decoded_is_refused_by_name(provider: str):
    with pytest.raises(UsageError, match=r"'a\.txt' is not utf-8 text"):
        content(provider, RactoFile(b"caf\xe9", "text/plain", name="a.txt"))


def test_arguments_may_be_positional_or_named():
    assert PROMPT.to_messages("x", [IMAGE], "openai") == PROMPT.to_messages("x", attachments=[IMAGE], provider="openai")


def test_an_unknown_provider_is_named_with_the_nearest_one():
    with pytest.raises(ProviderNotFoundError, match=r"There is no provider 'antropic'\. Did you mean 'anthropic'") as caught:
        PROMPT.to_messages("x", provider="antropic")
    assert isinstance(caught.value, ValueError)
    assert caught.value.suggestions[0] == "anthropic"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("message", ["", " \n", None, 4])
def test_a_message_that_says_nothing_is_refused(message: Any):
    with pytest.raises(UsageError, match="user_message"):
        PROMPT.to_messages(message, [IMAGE])


@pytest.mark.parametrize(
    ("attachments", "hint"),
    [
        (["a.png"], "from_path"),
        ([IMAGE, b"x"], r"attachments\[1\] is bytes"),
        (IMAGE, r"attachments=\[file\]"),
        ("a.png", "list"),
    ],
)
def test_attachments_that_are_no_files_are_refused(attachments: Any, hint: str):
    with pytest.raises(UsageError, match=hint):
        PROMPT.to_messages("x", attachments)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_file_without_bytes_is_refused(provider: str):
    with pytest.raises(UsageError, match="no bytes"):
        content(provider, RactoFile(b"", "image/png", name="chart.png"))
