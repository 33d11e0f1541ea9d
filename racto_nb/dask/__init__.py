"""Frames on a Dask cluster: `map_frame`, for those whose fleet is Dask.

from distributed import Client
from racto_nb import openai_developer_kit as gpt
from racto_nb.dask import RactoDaskCluster

fleet = RactoDaskCluster(Client("tcp://scheduler:8786"), make_kit=lambda: gpt.Chat(model="gpt-6-luna"))
answered = fleet.map_frame(frame, "Translate to French: {title}")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.dask.cluster import RactoDaskCluster as RactoDaskCluster

__all__ = ["RactoDaskCluster"]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, {"RactoDaskCluster": "racto_nb.dask.cluster"})
