"""`%%racto` without `%load_ext`: an opt-in block in an IPython config, so that IPython loads the extension at first use.

The block names the module and imports nothing. It is ours alone: what else stands in the file is never touched.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from racto_nb.exceptions import UnreadableFileError, UsageError

NAME = "ipython_config.py"
BEGIN = b"# >>> racto-nb magics (these lines are removed by: racto-nb magics off) >>>"
SETTING = b'get_config().MagicsManager.lazy_magics.update({"racto": "racto_nb"})'
END = b"# <<< racto-nb magics <<<"
_BLOCK = re.compile(
    rb"(?P<line>\r?\n)?"
    + re.escape(BEGIN)
    + rb"(?P<style>\r?\n)"
    + re.escape(SETTING)
    + rb"\r?\n"
    + re.escape(END)
    + rb"(?P<end>\r?\n)?"
)


@dataclass(frozen=True, slots=True)
class Switch:
    """A config in which the magics can be on: of whom (`environment` or `user`), its `path`, and which other file undoes it."""

    whose: str
    path: Path
    is_on: bool
    undone_by: Path | None = None


def switches() -> list[Switch]:
    """The two configs, and whether the magics are on in each. Raises UnreadableFileError, and UsageError for a damaged block."""
    environment, user = config_path(user=False), config_path(user=True)
    return [
        Switch("environment", environment, is_on(environment), _undoing(environment, [user, *_kernel_configs()])),
        Switch("user", user, is_on(user), _undoing(user, _kernel_configs())),
    ]


def config_path(*, user: bool) -> Path:
    """The IPython config of this environment, or with `user` the one of the user's default profile."""
    if not user:
        return Path(sys.prefix) / "etc" / "ipython" / NAME
    from IPython.paths import get_ipython_dir

    with warnings.catch_warnings(record=True) as caught:  # where the folder cannot be used, IPython takes a temporary one
        warnings.simplefilter("always")
        folder = Path(get_ipython_dir())
    if caught:
        message = f"IPython has no folder for your profile: {caught[0].message} Set IPYTHONDIR to a folder that can be written."
        raise UsageError(message)
    return folder / "profile_default" / NAME


def is_on(path: Path) -> bool:
    """Whether the block stands in the config `path`."""
    return _checked_block(_content(path), path)


def switch_on(path: Path) -> bool:
    """Put the block at the end of the config `path`, which is made where there is none. False when it was there.

    Raises UsageError for a file that Python cannot read or that cannot be written; the file is then as it was.
    """
    content = _content(path)
    if _checked_block(content, path):
        return False
    _refuse_broken(content, path)
    _write(path, with_block(content))
    return True


def switch_off(path: Path) -> bool:
    """Take the block out of the config `path`, and the file away where nothing else stood in it. False when it was not there."""
    content = _content(path)
    if not _checked_block(content, path):
        return False
    rest = without_block(content)
    if rest:
        _write(path, rest)
    else:
        _remove(path)
    return True


def with_block(content: bytes) -> bytes:
    r"""The config `content` with the block at its end, in the line ends of the file.

    >>> without_block(with_block(b"c.A.b = 1")) == b"c.A.b = 1"
    True
    """
    end = b"\r\n" if b"\r\n" in content else b"\n"
    block = end.join((BEGIN, SETTING, END))
    # A last line without an end gets one; that the block then has none at its own end tells `without_block` so.
    return content + block + end if content.endswith(b"\n") or not content else content + end + block


def without_block(content: bytes) -> bytes:
    """The config `content` without the block."""

    def rest(match: re.Match[bytes]) -> bytes:
        before: bytes = match["line"] or b""
        return before.removesuffix(match["style"]) if match["end"] is None else before

    return _BLOCK.sub(rest, content)


def _checked_block(content: bytes, path: Path) -> bool:
    """Whether the block is in `content`. Half a block is an error: what belongs to it would be a guess."""
    found = len(_BLOCK.findall(content))
    if found > 1 or content.count(BEGIN) != found or content.count(END) != found:
        lines = [str(n) for n, line in enumerate(content.splitlines(), 1) if line.strip() in (BEGIN, SETTING, END)]
        message = (
            f"{str(path)!r} holds a racto-nb block that was changed (lines {', '.join(lines)}). Delete these lines by hand, "
            f"then try again."
        )
        raise UsageError(message)
    return found == 1


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        message = f"The IPython config {str(path)!r} cannot be read: {error.strerror}."
        raise UnreadableFileError(message, str(path), error.errno) from error


def _refuse_broken(content: bytes, path: Path) -> None:
    try:
        ast.parse(content)
    except (SyntaxError, ValueError) as error:
        where = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
        message = f"{str(path)!r} is no Python that can be read{where}, so IPython does not read it either. Correct it first."
        raise UsageError(message) from error


def _write(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file in one step. Where `path` is a link, it stays one."""
    target = Path(os.path.realpath(path))
    new = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, new = tempfile.mkstemp(dir=target.parent, prefix=f".{NAME}-")
        with os.fdopen(number, "wb") as file:
            file.write(content)
        if target.exists():
            shutil.copymode(target, new)
        else:
            Path(new).chmod(0o644)
        Path(new).replace(target)
    except OSError as error:
        if new is not None:
            Path(new).unlink(missing_ok=True)
        raise _refused(path, error) from error


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: OSError) -> UsageError:
    message = f"The IPython config {str(path)!r} cannot be written: {error.strerror}. Nothing was changed."
    hint = " With --user the config of your own profile is used." if path == config_path(user=False) else ""
    return UsageError(message + hint)


def _kernel_configs() -> list[Path]:
    return [config_path(user=user).with_name("ipython_kernel_config.py") for user in (False, True)]


def _undoing(own: Path, later: Iterable[Path]) -> Path | None:
    """The config that sets all lazy magics anew after the block in `own`, and so drops it: itself below, or one read later."""
    content = _content(own)
    below = content.partition(END)[2] if is_on(own) else b""
    if _sets_all(below):
        return own
    for path in (own.with_suffix(".json"), *(file for each in later for file in (each, each.with_suffix(".json")))):
        found = _content(path)
        if _sets_all_in_json(found) if path.suffix == ".json" else _sets_all(found):
            return path
    return None


def _sets_all(content: bytes) -> bool:
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return False
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    return any(ast.unparse(target).endswith("MagicsManager.lazy_magics") for target in targets)


def _sets_all_in_json(content: bytes) -> bool:
    try:
        settings: object = json.loads(content or b"{}")
    except ValueError:
        return False
    magics: object = cast("dict[str, object]", settings).get("MagicsManager") if isinstance(settings, dict) else None
    return isinstance(magics, dict) and "lazy_magics" in magics
