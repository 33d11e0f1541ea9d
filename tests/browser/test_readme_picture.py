"""The moving picture of the README: cells that a model on this machine answers, filmed in JupyterLab.

`RACTO_WRITE=1 python -m pytest tests/browser/test_readme_picture.py` films them anew; without it the same cells run, and what the
picture shows has to come out.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest
from notebook_page import NotebookPage
from PIL import Image

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "pictures" / "racto_nb.gif"
CELLS = [
    "%load_ext racto_nb\nimport polars as pl\nfrom pydantic import BaseModel, Field",
    'sales = pl.DataFrame({"city": ["Oslo", "Lima", "Pune"], "units": [120, 85, 240]})',
    (
        "%%racto\nHere is the table `sales`:\n\n{{sales}}\n\n"
        "Write one SQL query that gives the three cities, the one with the most units first.\nOnly the query."
    ),
    (
        "class Person(BaseModel):\n    name: str = Field(max_length=40)\n    age: int\n    city: str = Field(max_length=40)\n\n\n"
        'notes = """Maria Lopez, 34, is a nurse in Seville. Tom Baker, aged 63,\n'
        'farms near Galway. Aiko Tanaka (29) lives in Osaka."""'
    ),
    "%%racto --as Person --df --into people\nExtract every person from this text: {{notes}}",
]
DIGEST = hashlib.sha256("\n\n".join(CELLS).encode()).hexdigest()
"""Stands in the picture, so that it is known which cells it shows."""
SIZE = {"width": 860, "height": 980}
PACE_MS, HELD_MS, MOST_FRAMES = 150, 4000, 40
MOST_BYTES = 1_200_000


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_the_picture_of_the_readme_shows_what_comes_out(notebook):
    page = notebook.open(CELLS)
    page.page.set_viewport_size(SIZE)
    page.run(0), page.run(1)
    frames = filmed(page, 2)
    page.run(3)
    frames += filmed(page, 4)

    assert "SELECT" in page.text(2)
    assert [name for name in ("Maria Lopez", "Tom Baker", "Aiko Tanaka") if name not in page.text(4)] == []
    if os.environ.get("RACTO_WRITE"):
        write(frames)
    assert PICTURE.stat().st_size <= MOST_BYTES
    with Image.open(PICTURE) as picture:
        assert picture.is_animated
        assert picture.info["comment"].decode() == DIGEST, "the cells have changed: film them anew, with RACTO_WRITE=1"
        assert picture.size == frames[-1].size


def filmed(page: NotebookPage, index: int) -> list[Image.Image]:
    """Frames while a cell runs, and one of its end."""
    frames = []
    page.start(index)
    while not page.ended(index):
        frames.append(frame(page))
        page.page.wait_for_timeout(PACE_MS)
    return [*frames, frame(page)]


def frame(page: NotebookPage) -> Image.Image:
    """What stands in the notebook now."""
    shot = page.page.locator(".jp-WindowedPanel-outer").screenshot()
    return Image.open(io.BytesIO(shot)).convert("RGB")


def write(frames: list[Image.Image]) -> None:
    """The frames as a GIF, fewer where there are many; the last one is held."""
    kept = frames[:: -(-len(frames) // MOST_FRAMES)] + frames[-1:]
    colours = kept[-1].quantize(64)
    first, *others = [each.quantize(palette=colours, dither=Image.Dither.NONE) for each in kept]
    lasting = [PACE_MS] * len(others) + [HELD_MS]
    PICTURE.parent.mkdir(exist_ok=True)
    first.save(PICTURE, save_all=True, append_images=others, duration=lasting, loop=0, optimize=True, comment=DIGEST)
