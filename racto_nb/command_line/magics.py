"""`racto-nb magics`: let `%%racto` work without `%load_ext`, or not."""

from __future__ import annotations

import sys

from racto_nb.command_line.reports import print_table
from racto_nb.notebook.display.tabling import Table
from racto_nb.notebook.lazily import Switch, config_path, switch_off, switch_on, switches

_WHERE = {False: "this environment", True: "your IPython profile"}


def run_magics(action: str, *, user: bool) -> int:
    """Carry out `on`, `off` or `status` and return the exit code 0."""
    match action:
        case "on":
            text = _on(user=user)
        case "off":
            text = _off(user=user)
        case _:
            print_table(Table(("where", "%%racto without %load_ext", "file"), [_row(switch) for switch in switches()]))
            return 0
    sys.stdout.write(f"{text}\n")
    return 0


def _on(*, user: bool) -> str:
    path = config_path(user=user)
    if not switch_on(path):
        return f"It is on already, in {path}."
    return (
        f"%%racto and %racto now work without %load_ext racto_nb in every kernel of {_WHERE[user]} that is started from now "
        f"on. TAB completes them as soon as one of them has run.\nWritten to {path}."
    )


def _off(*, user: bool) -> str:
    path = config_path(user=user)
    if switch_off(path):
        return f"Taken out of {path}. Kernels that run keep it."
    other = next((switch for switch in switches() if switch.is_on), None)
    if other is None:
        return f"It was not on in {path}."
    line = "racto-nb magics off" + (" --user" if other.whose == "user" else "")
    return f"It was not on in {path}, but it is in {other.path}: {line}"


def _row(switch: Switch) -> tuple[str, str, str]:
    state = "on" if switch.is_on else "off"
    if switch.is_on and switch.undone_by is not None:
        state = f"undone by {switch.undone_by}, which sets lazy_magics anew: use lazy_magics.update(...) there"
    return switch.whose, state, str(switch.path)
