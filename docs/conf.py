"""How Sphinx makes the site: `make docs`. Nothing is fetched from another host, neither now nor when a page is read."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from _site import hooks, reference  # noqa: E402  (they lie beside this file)

from racto_nb._version import __version__  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "racto_nb"
author = "the racto_nb authors"
copyright = f"{author}, Apache-2.0"  # noqa: A001  (Sphinx asks for this name)
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "index"
exclude_patterns = ["README.md", "about.md", "ISSUE_TEMPLATE.md", "PULL_REQUEST_TEMPLATE.md", "_site"]
smartquotes = False  # `--json` is an option, and no dash
nitpicky = True  # a reference that leads nowhere is an error

myst_heading_anchors = 4  # links to headings are written as a code host makes them

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_type_aliases = {"Flow": "Flow"}  # what it stands for is long, and for those who write flows
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88
add_module_names = False
toc_object_entries = False  # each name has a heading; a list of all methods on each page costs a minute

html_theme = "furo"
html_title = f"racto_nb {__version__}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "friendly"
pygments_dark_style = "native"


gc.set_threshold(200_000, 20, 50)  # trees of millions of nodes that all stay: looking for garbage takes a third of the time


def setup(app: Sphinx) -> None:
    """Join what makes pages out of the code and of the index."""
    reference.write_pages()
    hooks.join(app)
