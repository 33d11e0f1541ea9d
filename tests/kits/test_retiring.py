"""Models that end, in the kits whose models only the user's own catalogue knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from racto_nb import huggingface_developer_kit as hf
from racto_nb import ollama_developer_kit as local
from racto_nb.exceptions import RetiredModelWarning


@pytest.mark.parametrize(
    ("provider", "opened"),
    [("ollama", lambda: local.Chat("old")), ("huggingface", lambda: hf.Chat("old", base_url="http://localhost:8080"))],
)
def test_a_model_that_the_users_catalogue_ends_is_warned_of_where_the_kit_is_made(
    provider: str, opened: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "mine.toml"
    path.write_text(f'[{provider}."old"]\nretires = 2026-01-31\nsuccessor = "new"\n')
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(path))
    with pytest.warns(RetiredModelWarning, match=r"2026-01-31\. Use new") as caught:
        opened()
    assert caught[0].filename == __file__
