"""The answer in words, with every number in it looked up in the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.pipelines.sql_analyst.answering.asking import CheckedAnswer as CheckedAnswer
    from racto_nb.pipelines.sql_analyst.answering.asking import answer as answer
    from racto_nb.pipelines.sql_analyst.answering.checking import DerivedNumber as DerivedNumber
    from racto_nb.pipelines.sql_analyst.answering.checking import FlaggedNumber as FlaggedNumber
    from racto_nb.pipelines.sql_analyst.answering.checking import NumberCheck as NumberCheck
    from racto_nb.pipelines.sql_analyst.answering.checking import checked_numbers as checked_numbers

__all__ = ["CheckedAnswer", "DerivedNumber", "FlaggedNumber", "NumberCheck", "answer", "checked_numbers"]

_HERE = "racto_nb.pipelines.sql_analyst.answering"

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "CheckedAnswer": f"{_HERE}.asking",
            "DerivedNumber": f"{_HERE}.checking",
            "FlaggedNumber": f"{_HERE}.checking",
            "NumberCheck": f"{_HERE}.checking",
            "answer": f"{_HERE}.asking",
            "checked_numbers": f"{_HERE}.checking",
        },
    )
