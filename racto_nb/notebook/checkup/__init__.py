"""What `racto-nb doctor` and `%racto doctor` look at, and the common mistakes they know. No request is made, no key is shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from racto_nb.notebook.checkup.finding import Finding
from racto_nb.notebook.checkup.interpreter import interpreter_findings, shadow_findings
from racto_nb.notebook.checkup.keys import key_findings
from racto_nb.notebook.checkup.loading import loading_findings, provider_names
from racto_nb.notebook.checkup.models import model_findings
from racto_nb.notebook.checkup.surroundings import surroundings_findings
from racto_nb.notebook.checkup.versions import own_finding, requirements, version_findings
from racto_nb.notebook.display.tables import Table

__all__ = ["Finding", "findings", "report"]


def findings(environment: Mapping[str, str] | None = None, *, shell: object = None, folder: Path | None = None) -> list[Finding]:
    """Everything worth knowing when something does not work, what is wrong first.

    `environment` are the variables (None: those of this process), `shell` the running IPython (None: there is none), `folder`
    the one beside whose files notebooks run (None: the current one).
    """
    env = os.environ if environment is None else environment
    needed = requirements()
    package = Path(__file__).parents[2]
    libraries = {package.name, *provider_names(), *(one.name for one in needed)}
    found = [
        own_finding(),
        *version_findings(needed),
        *loading_findings(shell, env, needed),
        *model_findings(),
        *key_findings(env),
        *surroundings_findings(env),
        *interpreter_findings(env),
        *shadow_findings(folder or Path.cwd(), libraries, package),
    ]
    return sorted(found, key=lambda finding: not finding.wrong)


def report(found: list[Finding]) -> Table:
    """The findings as a table; what is wrong is marked, and counted in its caption."""
    wrong = sum(finding.wrong for finding in found)
    caption = "Nothing is wrong." if not wrong else f"{wrong} thing{'s' if wrong > 1 else ''} to look at, marked with !"
    rows = [("! " * finding.wrong + finding.what, finding.state, finding.advice) for finding in found]
    return Table(("what", "state", "advice"), rows, caption)
