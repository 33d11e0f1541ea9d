"""What `racto-nb doctor` and `%racto doctor` look at, and the common mistakes they know. No key is shown, and nothing is sent."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from racto_nb._secrecy import Secrets
from racto_nb.notebook.checkup.finding import Finding
from racto_nb.notebook.checkup.interpreter import copy_findings, interpreter_findings, shadow_findings
from racto_nb.notebook.checkup.kernels import kernel_findings, server_findings
from racto_nb.notebook.checkup.keys import key_findings, unloaded_findings
from racto_nb.notebook.checkup.loading import loading_findings, provider_names
from racto_nb.notebook.checkup.models import model_findings
from racto_nb.notebook.checkup.services import service_findings
from racto_nb.notebook.checkup.surroundings import surroundings_findings
from racto_nb.notebook.checkup.versions import own_finding, requirements, version_findings
from racto_nb.notebook.display.tabling import Table

__all__ = ["Finding", "findings", "report"]


def findings(
    environment: Mapping[str, str] | None = None, *, shell: object = None, folder: Path | None = None, services: bool = False
) -> list[Finding]:
    """Everything worth knowing when something does not work, what is wrong first.

    `environment` are the variables (None: those of this process), `shell` the running IPython (None: there is none), `folder`
    the one beside whose files notebooks run (None: the current one). With `services` connections are opened to the servers that
    the variables name, and to the usual ports of this machine, which takes half a second at most.
    """
    env = os.environ if environment is None else environment
    needed = requirements()
    package = Path(__file__).parents[2]
    beside = folder or Path.cwd()
    libraries = {package.name, *provider_names(), *(one.name for one in needed)}
    looks: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("racto-nb", lambda: [own_finding()]),
        ("libraries", lambda: version_findings(needed)),
        ("extension", lambda: loading_findings(shell, env, needed)),
        ("models", model_findings),
        ("keys", lambda: [*key_findings(env), *unloaded_findings(beside / ".env", env)]),
        ("settings", lambda: surroundings_findings(env)),
        ("interpreter", lambda: interpreter_findings(env)),
        ("copies", lambda: copy_findings(sys.path, package)),
        ("kernels", kernel_findings),
        ("environment of the page", lambda: server_findings(env)),
        ("files beside the notebook", lambda: shadow_findings(beside, libraries, package)),
    ]
    if services:
        looks.append(("services", lambda: service_findings(env)))
    secrets = Secrets.of(env)
    found = [finding.without(secrets) for what, look in looks for finding in _looked(what, look)]
    return sorted(found, key=lambda finding: not finding.wrong)


def _looked(what: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What `look` found. A doctor is asked when something is broken: what cannot be looked at is a finding too."""
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001  (shown, as what is wrong)
        state = f"could not be looked at ({type(error).__name__}: {error})"
        return [Finding(what, state, "Mend this first, then ask again.", wrong=True)]


def report(found: list[Finding]) -> Table:
    """The findings as a table; what is wrong is marked, and counted in its caption."""
    wrong = sum(finding.wrong for finding in found)
    caption = "Nothing is wrong." if not wrong else f"{wrong} thing{'s' if wrong > 1 else ''} to look at, marked with !"
    rows = [("! " * finding.wrong + finding.what, finding.state, finding.advice) for finding in found]
    return Table(("what", "state", "advice"), rows, caption)
