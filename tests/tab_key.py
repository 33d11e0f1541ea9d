"""Press TAB in a shell of this process."""

from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell


def tab(shell: InteractiveShell, cell: str) -> list[str]:
    """What TAB makes of the cell at `|`, or at its end: the text that would be written there, with what stays before it."""
    before, _, after = cell.partition("|")
    with provisionalcompleter():
        found = list(shell.Completer.completions(before + after, len(before)))
    line = before.rfind("\n") + 1
    return [before[line : item.start] + item.text for item in found]
