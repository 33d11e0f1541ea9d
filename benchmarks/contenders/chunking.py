"""What stands beside our chunkers: the splitters of other libraries, where they are installed."""

from __future__ import annotations

from collections.abc import Callable

from contenders.caching import library
from racto_nb.rag import Chunk, Document
from racto_nb.rag.assembling import chunks_of

Split = Callable[[str], object]

SIZE, OVERLAP = 512, 50
HOW = "pip install --no-deps langchain-text-splitters langchain-core chonkie"


def langchain() -> dict[str, Split]:
    """langchain's splitter: the texts alone, and its documents with their places."""
    if (splitters := library("langchain_text_splitters")) is None:
        return {}
    plain = splitters.RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP)
    placed = splitters.RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True)
    return {"langchain": plain.split_text, "langchain documents": lambda text: placed.create_documents([text])}


def chonkie() -> dict[str, Split]:
    """chonkie's splitters, which know no overlap for their recursive one."""
    if (chunkers := library("chonkie")) is None:
        return {}
    return {"chonkie recursive": chunkers.RecursiveChunker(tokenizer="character", chunk_size=SIZE)}


def langchain_chunks(document: Document) -> list[Chunk]:
    """The chunks of langchain's splitter as ours."""
    splitters = library("langchain_text_splitters")
    if splitters is None:
        msg = f"langchain is not here: {HOW}"
        raise RuntimeError(msg)
    placed = splitters.RecursiveCharacterTextSplitter(chunk_size=SIZE, chunk_overlap=OVERLAP, add_start_index=True)
    made = placed.create_documents([document.content])
    return chunks_of(
        document, [(one.metadata["start_index"], one.metadata["start_index"] + len(one.page_content)) for one in made]
    )
