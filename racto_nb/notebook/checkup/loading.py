"""The extension in the running IPython: loaded, lazily loaded, overridden; and the model that cells use without --model."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from racto_nb.exceptions import RactoGatewayError
from racto_nb.notebook.checkup.configs import broken_config, loading_config
from racto_nb.notebook.checkup.finding import Finding
from racto_nb.notebook.checkup.versions import Requirement, extra_finding
from racto_nb.notebook.completing.looking import is_a, value_of
from racto_nb.notebook.lazily import switches
from racto_nb.providers.directory import DEFAULT_PROVIDER, PROVIDERS, ProviderEntry, split_model

_USED = "cells without --model"
_LAZILY = "%%racto without %load_ext"


def loading_findings(shell: Any, environment: Mapping[str, str], needed: Sequence[Requirement]) -> list[Finding]:
    """The state of the extension. Without a `shell`, what a new kernel will find."""
    if shell is None:
        return [_lazily()]
    ours = [item for item in shell.configurables if type(item).__name__ == "RactoMagics"]
    if not ours:
        return [Finding("racto_nb in this kernel", "not loaded", "%load_ext racto_nb", wrong=True), _lazily()]
    return [
        _loaded(len(ours)),
        *_overridden(shell, ours[-1]),
        *_former(),
        _lazily(),
        _model(ours[-1].model, shell.user_ns, environment, needed),
    ]


def _loaded(times: int) -> Finding:
    if times == 1:
        return Finding("racto_nb in this kernel", "loaded")
    advice = "Settings reach only the first one. Restart the kernel, and load racto_nb once."
    return Finding("racto_nb in this kernel", f"loaded {times} times", advice, wrong=True)


def _overridden(shell: Any, ours: Any) -> list[Finding]:
    found: list[Finding] = []
    for kind, name in (("cell", "%%racto"), ("line", "%racto")):
        magic = shell.magics_manager.magics[kind].get("racto")
        if getattr(magic, "__self__", None) is not ours:
            whose = "taken away" if magic is None else f"that of {getattr(magic, '__module__', None) or type(magic).__module__}"
            found.append(Finding(name, whose, "Take ours back: %reload_ext racto_nb", wrong=True))
    return found


def _former() -> list[Finding]:
    """A notebook that was half moved: classes of the same names are others there, and `except` does not hear them."""
    if "ractogateway" not in sys.modules:
        return []
    advice = "Import all names from racto_nb, and restart the kernel: kits, prompts and errors of the two do not fit together."
    return [Finding("ractogateway", "imported in this kernel beside racto_nb", advice, wrong=True)]


def _lazily() -> Finding:
    try:
        if (broken := broken_config()) is not None:
            state = f"cannot be told: {broken[0]} cannot be read{broken[1]}, and IPython reads nothing of it either"
            return Finding(_LAZILY, state, "Correct what it says there, then start the kernel again.", wrong=True)
        found = [switch for switch in switches() if switch.is_on]
        loading = loading_config()
    except RactoGatewayError as error:
        return Finding(_LAZILY, "cannot be told", str(error), wrong=True)
    if loading is not None:
        return Finding(_LAZILY, f"on: {loading} loads racto_nb when IPython starts")
    if not found:
        return Finding(_LAZILY, "off", "To switch it on: racto-nb magics on")
    undone = next((switch for switch in found if switch.undone_by is not None), None)
    if undone is not None and len(found) == 1:
        advice = "Use c.MagicsManager.lazy_magics.update(...) in that file."
        return Finding(_LAZILY, f"on, but undone by {undone.undone_by}", advice, wrong=True)
    return Finding(_LAZILY, f"on in {', '.join(str(switch.path) for switch in found)}")


def _model(model: str, namespace: Mapping[str, Any], environment: Mapping[str, str], needed: Sequence[Requirement]) -> Finding:
    """Whether the model of the setting `RactoMagics.model` is one that can be asked."""
    choose = "Choose another: %racto use MODEL"
    if ":" not in model and model.partition(".")[0] in namespace:
        held = value_of(model, namespace)
        if held is not None and is_a(held[0], "racto_nb.kits.kit", "DeveloperKit"):
            return Finding(_USED, f"{model}, a kit of this notebook")
        return Finding(_USED, f"{model!r} is a variable, but no kit", choose, wrong=True)
    try:
        entry, name = split_model(model)
        trouble = _trouble(entry, name, environment, needed)
    except RactoGatewayError as error:
        return Finding(_USED, str(error), choose, wrong=True)
    return Finding(_USED, f"{entry.name}:{name}{trouble}", choose if trouble else "", wrong=bool(trouble))


def _trouble(entry: ProviderEntry, name: str, environment: Mapping[str, str], needed: Sequence[Requirement]) -> str:
    """What stands in the way of asking this model, or an empty text. RactoGatewayError for a model that does not exist."""
    if extra_finding(entry.extra, needed).state == "not installed":
        return f", and racto-nb[{entry.extra}] is not installed"
    if entry.name == DEFAULT_PROVIDER:
        from racto_nb.providers.embedded.registry import Registry

        Registry.standard().card(name)
        return ""
    from racto_nb.providers.catalog import catalogue
    from racto_nb.providers.catalog.facts import this_day

    facts = catalogue().facts(entry.name, name)
    if facts is not None and facts.retired(this_day()):
        return f": {catalogue().retirement(entry.name, name, today=this_day())}"
    elsewhere = environment.get(f"{entry.name.upper()}_BASE_URL")
    if entry.key_variables and not elsewhere and not any(environment.get(key) for key in entry.key_variables):
        return f", and {' or '.join(entry.key_variables)} is not set"
    return ""


def provider_names() -> list[str]:
    """The names of the providers' libraries, for a file beside the notebook that could hide one."""
    return [entry.extra for entry in PROVIDERS.values()]
