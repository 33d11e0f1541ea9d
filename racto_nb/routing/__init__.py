"""Let a cheap model answer what is simple, and an able one what is not: a router chooses for each question.

kit = gpt.Chat(model="auto", router=CostAwareRouter(tiers=[
    RoutingTier(model="gpt-6-luna", max_score=30),
    RoutingTier(model="gpt-6.1-sol", max_score=100),
]))
"""

from __future__ import annotations

from racto_nb.models.route import Passed, Route
from racto_nb.routing.cost_aware import CostAwareRouter, RoutingTier
from racto_nb.routing.scoring import COMPLEXITY_KEYWORDS, complexity, complexity_of

__all__ = ["COMPLEXITY_KEYWORDS", "CostAwareRouter", "Passed", "Route", "RoutingTier", "complexity", "complexity_of"]
