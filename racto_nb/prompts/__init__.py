"""What is said to a model: RACTO prompts, attached files, and the messages made of them."""

from racto_nb.prompts.engine import RactoPrompt
from racto_nb.prompts.files import RactoFile
from racto_nb.prompts.linting import LintHint, lint
from racto_nb.prompts.reviewing import review

__all__ = ["LintHint", "RactoFile", "RactoPrompt", "lint", "review"]
