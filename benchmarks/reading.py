"""What reading files costs: processor time of each reader as a ratio to the bare library under it, paired in one process.

The files are made here: a report of 200 pages as PDF, a page of HTML, a Word document and a table as CSV. Each side begins with
the path of the file and ends with all its text; ours also has its marks and metadata. MB/s are of the file's bytes (of the text
for PDF) per second of processor time. Goal: PDF takes at most 1.10 of pypdfium2, page by page, opening included. The other ratios
are only told: what the bare libraries give is no more than a list of texts. pypdf stands beside where it is installed.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import random
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

from contenders.telling import figure
from contenders.timing import in_turns, ratio

from racto_nb.rag.readers import HtmlReader, PdfReader, SpreadsheetReader, WordReader

GOAL = 1.10
ROUNDS = 21
PAGES = 200
LINES = 48
ROWS = 20_000
PARAGRAPHS = 2_000
WORDS = [
    "refund", "window", "within", "fourteen", "days", "of", "the", "purchase", "and", "a", "store", "credit", "for", "digital",
    "products", "unless", "they", "were", "downloaded", "more", "than", "three", "times", "customers", "contact", "support",
]  # fmt: skip


def sentence(rng: random.Random, words: int = 12) -> str:
    """A line that is long as those of a report are."""
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize() + "."


def pdf(rng: random.Random) -> bytes:
    """A report as PDF, with packed pages, a font, and an outline with one title for ten pages."""
    objects: list[bytes] = [b"", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    kids: list[int] = []
    for number in range(PAGES):
        lines = [f"Chapter {number // 10}" if number % 10 == 0 else "continued", *(sentence(rng) for _ in range(LINES))]
        drawn = b" ".join(b"(%s) Tj T*" % line.encode() for line in lines)
        content = zlib.compress(b"BT /F1 10 Tf 14 TL 50 790 Td " + drawn + b" ET")
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>"
            % len(objects)
        )
        kids.append(len(objects))
    root = len(objects) + 1
    titles = [(f"Chapter {number}", kids[number * 10]) for number in range(PAGES // 10)]
    objects.append(b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (root + 1, root + len(titles), len(titles)))
    for number, (title, page) in enumerate(titles, 1):
        after = b"/Next %d 0 R" % (root + number + 1) if number < len(titles) else b""
        objects.append(b"<< /Title (%s) /Parent %d 0 R %s /Dest [%d 0 R /Fit] >>" % (title.encode(), root, after, page))
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R /Outlines %d 0 R >>" % root
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(b"%d 0 R" % kid for kid in kids))
    return _file(objects)


def _file(objects: list[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(out) + end % (len(places) + 1, table, len(places) + 1, len(out))


def html(rng: random.Random) -> bytes:
    """A long page with headings, paragraphs, links and a table."""
    body = [
        f"<h2>Part {number}</h2><div><p>{sentence(rng, 40)} <a href='/x'>{sentence(rng, 4)}</a> &amp; {sentence(rng)}</p>"
        f"</div><table><tr><th>Name</th><td>{number}</td></tr></table>"
        for number in range(PARAGRAPHS)
    ]
    return f"<html><head><title>Report</title></head><body>{''.join(body)}</body></html>".encode()


def table(rng: random.Random) -> bytes:
    """A table of rows with a text, two numbers and a date."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["title", "amount", "count", "day"])
    lines.writerows([sentence(rng, 6), rng.random(), rng.randrange(1000), "2026-11-29"] for _ in range(ROWS))
    return out.getvalue().encode()


def word(rng: random.Random, path: Path) -> None:
    """A document of headings and paragraphs."""
    import docx

    document = docx.Document()
    for number in range(PARAGRAPHS // 4):
        document.add_heading(f"Part {number}", 2)
        document.add_paragraph(sentence(rng, 60))
    document.save(str(path))


def bare_pdf(path: Path) -> str:
    """Page by page, as pypdfium2's documentation shows."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return "\n\n".join(page.get_textpage().get_text_range() for page in document)


def bare_pypdf(path: Path) -> str:
    """The same by pypdf."""
    import pypdf

    return "\n\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def bare_html(path: Path) -> str:
    """All text of the body."""
    from selectolax.lexbor import LexborHTMLParser

    return LexborHTMLParser(path.read_bytes()).body.text(separator="\n")


def bare_word(path: Path) -> str:
    """The paragraphs."""
    import docx

    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def bare_csv(path: Path) -> str:
    """The rows, joined again."""
    with path.open(encoding="utf-8", newline="") as file:
        return "\n".join(" | ".join(row) for row in csv.reader(file))


READERS = {
    "pdf": (PdfReader, bare_pdf, GOAL),
    "html": (HtmlReader, bare_html, None),
    "docx": (WordReader, bare_word, None),
    "csv": (SpreadsheetReader, bare_csv, None),
}


def files(folder: Path) -> dict[str, Path]:
    """One file for each reader."""
    rng = random.Random(7)
    paths = {kind: folder / f"report.{kind}" for kind in READERS}
    for kind, made in (("pdf", pdf), ("html", html), ("csv", table)):
        paths[kind].write_bytes(made(rng))
    word(rng, paths["docx"])
    return paths


def sides(kind: str, path: Path) -> dict[str, Callable[[], object]]:
    """Ours and the bare library, and pypdf where it is at hand."""
    reader, bare, _ = READERS[kind]
    ours = reader()
    both: dict[str, Callable[[], object]] = {"ours": lambda: ours.read(path), "bare": lambda: bare(path)}
    if kind == "pdf" and importlib.util.find_spec("pypdf"):
        both["pypdf"] = lambda: bare_pypdf(path)
    return both


def main() -> int:
    """Measure, print a table, and return 1 when a goal is missed."""
    missed = False
    print(f"{'':8}{'MB':>7}{'ours MB/s':>11}{'bare MB/s':>11}{'ratio':>8}{'goal':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in files(Path(folder)).items():
            reader, _, goal = READERS[kind]
            size = (len(reader().read(path).content) if kind == "pdf" else path.stat().st_size) / 1e6
            took = in_turns(sides(kind, path), rounds=ROUNDS if goal else max(ROUNDS // 3, 1))
            times = ratio(took["ours"], took["bare"])
            speeds = {side: size / sorted(seconds)[len(seconds) // 2] for side, seconds in took.items()}
            beside = f"{speeds['ours']:.1f} MB/s beside {speeds['bare']:.1f} MB/s"
            failed = figure(f"{kind}, to the bare library", times, at_most=goal, told=beside)
            missed |= failed
            told = "" if goal is None else f"{goal:.2f}"
            print(f"{kind:8}{size:7.2f}{speeds['ours']:11.1f}{speeds['bare']:11.1f}{times:8.2f}{told:>6}", end="")
            print("  missed" if failed else "", f"  pypdf {speeds['pypdf']:.1f} MB/s" if "pypdf" in speeds else "")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
