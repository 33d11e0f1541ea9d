"""Text in pictures (OCR), by RapidOCR with the models that its package brings: no download and no service."""

from __future__ import annotations

import threading
from typing import Any

from racto_nb._extras import imported, requires

_LEAST_SIDE = 8  # what is smaller holds no letter


class Recogniser:
    """Reads the text in pictures, loading the models when the first picture comes (about a second of processor time).

    It belongs to one reader, and reads one picture at a time, whichever threads ask. MissingExtraError without the extra
    `rag-ocr`.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._engine: Any = None

    def text_in(self, picture: object) -> str:
        """The lines of text in a Pillow image, from top to bottom; empty where there is none."""
        image: Any = picture
        if min(image.size) < _LEAST_SIDE:
            return ""
        with self._turn:
            if self._engine is None:
                self._engine = _loaded()
            found = self._engine(image.convert("RGB"))
        return "\n".join(found.txts or ())

    def text_in_page(self, page: object) -> str:
        """The text in the pictures of a page of pypdfium2, one picture after the other.

        The caller holds PDFium's turn: no other thread may be in it meanwhile.
        """
        pdf_page: Any = page
        raw = imported("pypdfium2.raw", extra="rag-pdf")
        texts: list[str] = []
        for picture in pdf_page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
            bitmap = picture.get_bitmap(render=True)
            texts.append(self.text_in(bitmap.to_pil()))
            bitmap.close()
        return "\n".join(text for text in texts if text)


def _loaded() -> Any:
    with requires("rag-ocr"):
        rapidocr = imported("rapidocr", extra="rag-ocr")
        imported("onnxruntime", extra="rag-ocr")
        return rapidocr.RapidOCR(params={"Global.log_level": "critical"})
