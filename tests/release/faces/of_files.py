"""What the extras of documents are for: each reads a file that it makes here, or works on a text."""

import io
import zipfile
from pathlib import Path

from racto_nb.rag.readers import HtmlReader, ImageReader, PdfReader, SlidesReader, SpreadsheetReader, WordReader


def pdf():
    from rag.minimal_pdf import pdf as made

    assert PdfReader().read(made([["Refunds take", "14 days."]])).content == "Refunds take\n14 days."


def word():
    import docx

    document = docx.Document()
    document.add_paragraph("Refunds take 14 days.")
    document.save("terms.docx")
    assert WordReader().read("terms.docx").content == "Refunds take 14 days."


def excel():
    """A workbook by hand: what reads it cannot write one."""
    head = '<?xml version="1.0"?>'
    space = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{space}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{space}/spreadsheetml/2006/main" '
        f'xmlns:r="{space}/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{space}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>Ada</t></is></c></row></sheetData></worksheet>',
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as book:
        for name, text in parts.items():
            book.writestr(name, head + text)
    Path("people.xlsx").write_bytes(data.getvalue())
    assert "name: Ada" in SpreadsheetReader().read("people.xlsx").content


def html():
    page = b"<html><body><h1>Refunds</h1><p>Within <b>14</b> days.</p></body></html>"
    assert "Within 14 days." in HtmlReader().read(page).content


def slides():
    import pptx

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Refunds"
    deck.save("talk.pptx")
    assert "Refunds" in SlidesReader().read("talk.pptx").content


def _picture():
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (700, 160), "white")
    ImageDraw.Draw(picture).text((30, 40), "REFUNDS", fill="black", font=ImageFont.load_default(size=80))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def image():
    assert "700" in ImageReader().read(_picture()).content


def ocr():
    assert "REFUNDS" in ImageReader(ocr=True).read(_picture()).content


def nlp():
    from racto_nb.rag.processors import Lemmatizer

    assert "dog" in Lemmatizer().process("dogs").split()


def bm25():
    """Words find what vectors of one length cannot tell apart."""
    from racto_nb.rag import RactoRAG
    from racto_nb.rag.embedders import KitEmbedder
    from racto_nb.testing import FakeKit

    Path("terms.md").write_text("# Refunds\n\nWithin 14 days.\n\n# Zebras\n\nThey have stripes.\n", encoding="utf-8")
    kit = FakeKit(["It does."], dimensions=8)
    with RactoRAG(embedder=KitEmbedder(kit), llm_kit=kit) as rag:
        rag.ingest("terms.md")
        assert "stripes" in rag.retrieve("stripes", mode="keyword")[0].chunk.content


def umap():
    import numpy as np

    from racto_nb.notebook.widgets.explorer.projecting import umap_of

    rng = np.random.default_rng(0)
    assert umap_of(rng.normal(size=(40, 8)).astype("float32")).shape == (40, 2)
