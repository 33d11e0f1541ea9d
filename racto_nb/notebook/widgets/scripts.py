"""A widget's script and style as one text each: the shared parts and its own. No bundler: no part comes from elsewhere."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "(?P<path>[^"]+)";\n', re.MULTILINE)
_NAME = re.compile(r'mount\(context, \{ name: "(?P<name>[^"]+)"')
_ROOT = re.compile(r"\.racto-widget(?![\w-])")
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) )", re.MULTILINE)


@cache
def script(name: str) -> str:
    """The module of the widget `name`: its `view.js` with all it imports before it, each once, as one module."""
    texts: dict[Path, str] = {}
    _gather(_HERE / name / "view.js", texts)
    return "\n".join(texts.values())


@cache
def style(name: str) -> str:
    """The style sheet of the widget `name`: what all widgets look like, and its own `view.css` where it has one.

    Front ends put the sheets of all widgets into one page. So the rules of a `view.css` hold only in the region that its view
    names, with the weight that they are written with.
    """
    shared, own = (_HERE / "shared" / "look.css").read_text("utf-8"), _HERE / name / "view.css"
    if not own.exists():
        return shared
    called = _NAME.search((_HERE / name / "view.js").read_text("utf-8"))
    assert called is not None, f"The view of {name} names no region."  # noqa: S101  (a mistake of ours, seen at the first import)
    region = f'.racto-widget:where([aria-label="{called["name"]}"])'
    return shared + _ROOT.sub(lambda _: region, own.read_text("utf-8"))


def _gather(path: Path, texts: dict[Path, str]) -> None:
    """Put the modules that `path` imports into `texts`, and then itself."""
    if path in texts:
        return
    text = path.read_text("utf-8")
    for found in _IMPORT.finditer(text):
        _gather((path.parent / found["path"]).resolve(), texts)
    texts[path] = _EXPORT.sub("", _IMPORT.sub("", text))
