"""What every embedder checks before it embeds. Pure."""

from __future__ import annotations

from racto_nb.exceptions import UsageError, WrongTypeError


def checked_texts(texts: list[str]) -> list[str]:
    """`texts` as a list of its own; WrongTypeError for what is no list of texts."""
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"An embedder takes a list of texts, not {texts!r:.80}. Of one text write embed([text])."
        raise WrongTypeError(msg)
    return list(texts)


def checked_count(name: str, number: int) -> int:
    """`number`, at least 1; UsageError otherwise."""
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"{name} is a whole number of 1 or more, not {number!r}."
        raise UsageError(msg)
    return number
