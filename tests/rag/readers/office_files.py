"""Files of office programs, made by their libraries or by hand."""

from __future__ import annotations

import io
import zipfile

import docx
import pptx
import xlsxwriter
from pptx.util import Inches


def word() -> bytes:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "Terms", "Ada"
    document.add_heading("Terms", 0)
    document.add_paragraph("Before the table.")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip((cell for row in table.rows for cell in row.cells), ("Name", "Days", "Books\nnew", "14"), strict=True):
        cell.text = text
    document.add_heading("Refunds", 2)
    document.add_paragraph("")
    document.add_paragraph("After it.")
    merged = document.add_table(rows=1, cols=2)
    merged.rows[0].cells[0].merge(merged.rows[0].cells[1]).text = "both"
    return saved(document)


def slides() -> bytes:
    deck = pptx.Presentation()
    deck.core_properties.title, deck.core_properties.author = "Talk", "Ada"
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text, first.placeholders[1].text = "Refunds", "Within 14 days"
    first.notes_slide.notes_text_frame.text = "Say it slowly"
    deck.slides.add_slide(deck.slide_layouts[6])
    third = deck.slides.add_slide(deck.slide_layouts[6])
    table = third.shapes.add_table(1, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Books", "14"
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(1), Inches(1)).text_frame.text = "In a group"
    return saved(deck)


def workbook(sheets: dict[str, list[list[object]]], chart: bool = False) -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
    if chart:
        book.add_chartsheet("Chart").set_chart(book.add_chart({"type": "line"}))
    book.close()
    return data.getvalue()


def vast_workbook() -> bytes:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "a")
    sheet.write(1_048_575, 16_383, "z")
    book.close()
    return data.getvalue()


_NAMES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))


def open_document(rows: list[list[str]]) -> bytes:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    cells = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    body = (
        f'<office:body><office:spreadsheet><table:table table:name="One">{cells}</table:table></office:spreadsheet></office:body>'
    )
    return packed(
        {
            "mimetype": kind,
            "content.xml": f'<?xml version="1.0"?><office:document-content {_NAMES}>{body}</office:document-content>',
            "META-INF/manifest.xml": f'<?xml version="1.0"?><m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
        }
    )


def packed(parts: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return data.getvalue()


def saved(document) -> bytes:
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()
