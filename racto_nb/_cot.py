"""Chain of thought as a constraint of a prompt, under a known import path; the rule is in `racto_nb.kits.resolving`."""

from racto_nb.kits.resolving import step_by_step
from racto_nb.prompts.engine import RactoPrompt

__all__ = ["apply_chain_of_thought"]


def apply_chain_of_thought(prompt: RactoPrompt) -> RactoPrompt:
    """`prompt` with the wish for a chain of thought as its last constraint; the one given is not changed.

    This is what `ChatConfig(chain_of_thought=True)` does. A prompt that has the constraint already comes back as it is.

    >>> mine = RactoPrompt(role="Guide.", aim="Answer.", constraints=["Be brief."], tone="Calm", output_format="text")
    >>> apply_chain_of_thought(mine).constraints
    ['Be brief.', 'Reason step by step: write down each step, then the conclusion.']
    """
    return step_by_step(prompt)
