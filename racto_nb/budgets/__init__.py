"""Limits of money and tokens that no request exceeds.

from racto_nb import Budget

with Budget(max_usd=0.50) as budget:
    kit.chat(...)
budget.spent_usd
"""

from __future__ import annotations

from racto_nb.budgets.budget import Budget, use
from racto_nb.budgets.estimates import Estimate

__all__ = ["Budget", "Estimate", "use"]
