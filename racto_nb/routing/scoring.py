"""How hard a question looks: points for its length and for words that ask for work. Pure.

    score = 60 · min(tokens, 400) / 400  +  20 · min(keywords, 2), rounded

`tokens` are `len(text) // 4`, `keywords` how many different ones of the 25 stand in the text. It is a rule of thumb for English:
it knows how much is asked and which work is named, not what an answer takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from racto_nb.kits.counting import bare_tokens, documented_count
from racto_nb.models.chat import ChatConfig

COMPLEXITY_KEYWORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "algorithm": ("algorithm", "algorithms"),
        "analyze": ("analyze", "analyzes", "analyzing", "analyse", "analyses", "analysing", "analysis"),
        "architecture": ("architecture", "architectures", "architect"),
        "compare": ("compare", "compares", "comparing", "comparison"),
        "contrast": ("contrast", "contrasts", "contrasting"),
        "critique": ("critique", "critiques"),
        "debug": ("debug", "debugging"),
        "derive": ("derive", "derivation"),
        "design": ("design", "designs", "designing"),
        "diagnose": ("diagnose", "diagnosis"),
        "difference": ("difference", "differences", "differ"),
        "evaluate": ("evaluate", "evaluating", "evaluation"),
        "explain": ("explain", "explaining", "explanation"),
        "implement": ("implement", "implementing", "implementation"),
        "investigate": ("investigate", "investigating"),
        "justify": ("justify", "justification"),
        "optimize": ("optimize", "optimizing", "optimization", "optimise", "optimising", "optimisation"),
        "pros and cons": ("pros and cons",),
        "prove": ("prove", "proof"),
        "refactor": ("refactor", "refactoring"),
        "research": ("research",),
        "step by step": ("step by step", "step-by-step"),
        "strategy": ("strategy", "strategies"),
        "synthesize": ("synthesize", "synthesise", "synthesis"),
        "trade-off": ("trade-off", "trade-offs", "tradeoff", "tradeoffs", "trade off"),
    }
)
"""The 25 words that make a question look hard, each with its forms. All forms of one word count as one."""

TOKEN_POINTS, KEYWORD_POINTS, ENOUGH_TOKENS, ENOUGH_KEYWORDS = 60, 40, 400, 2
_FORMS = {form: word for word, forms in COMPLEXITY_KEYWORDS.items() for form in forms}
_SPELT = (r"\s+".join(map(re.escape, form.split())) for form in sorted(_FORMS, key=len, reverse=True))
_ANY = re.compile(rf"(?<!\w)(?:{'|'.join(_SPELT)})(?!\w)")


def complexity(text: str) -> int:
    """The score of `text`, 0 to 100.

    >>> complexity("What is 2+2?"), complexity("Compare TCP and UDP.")
    (0, 21)
    """
    return _score(documented_count(text), text)


def complexity_of(config: ChatConfig) -> int:
    """The score of a whole question: its history, tools and files count as tokens, the words are looked for in the message.

    >>> complexity_of(ChatConfig(user_message="What is 2+2?"))
    0
    """
    return _score(bare_tokens(config, documented_count), config.user_message)


def keywords_in(text: str) -> frozenset[str]:
    """Which of the 25 words stand in `text`, in any form, as words of their own."""
    return frozenset(_FORMS[" ".join(found.split())] for found in _ANY.findall(text.casefold()))


def _score(tokens: int, text: str) -> int:
    length = TOKEN_POINTS * min(tokens, ENOUGH_TOKENS) / ENOUGH_TOKENS
    words = KEYWORD_POINTS * min(len(keywords_in(text)), ENOUGH_KEYWORDS) / ENOUGH_KEYWORDS
    return round(length + words)
