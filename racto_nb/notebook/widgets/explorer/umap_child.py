"""UMAP in a process of its own: its compiled loops would keep the notebook's other threads waiting for minutes.

python -m racto_nb.notebook.widgets.explorer.umap_child VECTORS.npy PLACES.npy
"""

from __future__ import annotations

import sys


def run(vectors: str, places: str) -> None:
    """Read the vectors from one file, and write their places into the other."""
    import numpy as np

    from racto_nb.notebook.widgets.explorer.projecting import umap_of

    np.save(places, umap_of(np.load(vectors)))


if __name__ == "__main__":
    run(*sys.argv[1:3])
