"""What Sphinx calls while it makes the site."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import desc_signature, pending_xref, pending_xref_condition
from sphinx.application import Sphinx

from _site.contents import sections, toctrees, with_the_rest
from _site.reference import link_targets
from _site.signatures import signature_of
from _site.wording import restructured

DOCS = Path(__file__).resolve().parents[1]
OF_THE_REFERENCE = ("reference/api/index", "reference/api/magics", "reference/api/command")
"""Pages that are made of the code, in the order of the reference; those of packages stand below the first one."""


def join(app: Sphinx) -> None:
    """Tell Sphinx of all hooks."""
    names = link_targets()

    def docstring(_app: Sphinx, _what: str, _name: str, _value: object, _options: object, lines: list[str]) -> None:
        lines[:] = restructured(lines, names)

    def signature(
        _app: Sphinx, _what: str, _name: str, value: object, _options: object, written: str | None, returned: str | None
    ) -> tuple[str | None, str | None]:
        return signature_of(value, written), returned

    def read(_app: Sphinx, tree: nodes.document) -> None:
        for node in list(tree.findall(pending_xref)):
            _settle(node, names)

    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-process-signature", signature)
    app.connect("doctree-read", read)
    app.connect("source-read", page)


def page(app: Sphinx, name: str, source: list[str]) -> None:
    """The pages that say more on the site than on a code host: the index, the reference and the changelog."""
    if name == "index":
        app.env.note_dependency(str(DOCS / "README.md"))
        readme = (DOCS / "README.md").read_text(encoding="utf-8")
        below = {page for page in app.env.found_docs if page.startswith("reference/api/")}
        found = with_the_rest(sections(readme), app.env.found_docs - below - {"index"})
        source[0] = f"{readme}\n{toctrees(found)}\n"
    elif name == "reference/index":
        source[0] += "\n".join(["", "```{toctree}", ":maxdepth: 1", "", *(f"/{page}" for page in OF_THE_REFERENCE), "```", ""])
    elif name == "changelog":
        app.env.note_dependency(str(DOCS.parent / "CHANGELOG.md"))
        text = (DOCS.parent / "CHANGELOG.md").read_text(encoding="utf-8")
        source[0] = re.sub(r"\]\(docs/", "](", text)


def _settle(node: pending_xref, names: Mapping[str, str]) -> None:
    """A type that a signature, or a line on bases, names leads to where it is described; a foreign or an inner one is plain text.

    What a page or a docstring refers to by hand is left as it is: where it leads nowhere, that is told.
    """
    if node.get("refdomain") != "py" or node.get("refexplicit") or not _is_of_the_code(node):
        return
    target = str(node["reftarget"])
    found = names.get(target) or names.get(target.rpartition(".")[2])
    if found is None:
        node.replace_self(_short(node))
    else:
        node["reftarget"] = found
        node["refspecific"] = False


def _is_of_the_code(node: pending_xref) -> bool:
    """Whether it is in a signature, or in a line of autodoc's own ("Bases: …", "alias of …"), which has no source."""
    above: nodes.Node | None = node
    while above is not None and not isinstance(above, desc_signature):
        above = above.parent
    return above is not None or node.source == ""


def _short(node: pending_xref) -> list[nodes.Node]:
    """A name without its module, where Sphinx holds both."""
    ways = [child for child in node.children if isinstance(child, pending_xref_condition)]
    return next((way.children for way in ways if way["condition"] == "resolved"), node.children)
