"""One wheel by `pip download`: pip alone knows the user's index, proxy, certificates and credentials."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from racto_nb.providers.embedded.delivery import SourceFailedError

_LOOK_SECONDS = 0.25
_END_SECONDS = 5.0
_SHOWN = 300
_OPTIONS = (
    "download",
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",  # half a gigabyte need not be kept twice
    "--disable-pip-version-check",
    "--no-input",
    "--quiet",
    "--retries=2",
)


def pip_download(requirement: str, folder: Path, *, command: tuple[str, ...], coming: Callable[[int], None]) -> Path:
    """Download the wheel of `requirement` into `folder` and return its path; `coming` is told how many bytes have arrived.

    An exception, an interrupt included, ends pip before it goes on. Raises `SourceFailedError` with pip's own reason.
    """
    if not command:
        msg = "this Python does not know its own path, so its pip cannot be run"
        raise SourceFailedError(msg)
    out, log = folder / "out", folder / "pip.log"
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    # pip's own temporary files too: /tmp may be small, and only here is anything left behind found again.
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))}
    code = _run([*command, *_OPTIONS, "--dest", str(out), requirement], environment, log, lambda: coming(_bytes_in(folder)))
    if code != 0:
        raise SourceFailedError(_reason(log.read_text(encoding="utf-8", errors="replace"), code))
    found = list(out.glob("*.whl"))
    if len(found) != 1:
        msg = f"delivered {len(found)} wheels for {requirement} where one was asked for"
        raise SourceFailedError(msg)
    return found[0]


def _run(command: list[str], environment: dict[str, str], log: Path, look: Callable[[], None]) -> int:
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(  # noqa: S603  (pip of this environment, with a checked requirement)
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # an interrupt reaches us, and we end it
            )
        except OSError as error:
            msg = f"pip cannot be started ({error.strerror})"
            raise SourceFailedError(msg) from error
        with process:
            try:
                while True:
                    try:
                        return process.wait(timeout=_LOOK_SECONDS)
                    except subprocess.TimeoutExpired:
                        look()
            except BaseException:
                _end(process)
                raise


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):  # passes over folders that pip removes meanwhile
        for name in names:
            if name.endswith(".whl"):
                with suppress(FileNotFoundError):  # pip moves its file when it is complete
                    total += Path(place, name).stat().st_size
    return total


def _reason(log: str, code: int) -> str:
    """pip's last error, without addresses: they may hold a password.

    >>> _reason("/usr/bin/python3: No module named pip", 1)
    'this environment has no pip (python -m ensurepip installs it)'
    >>> _reason("ERROR: No matching distribution found for a==1 at https://me:secret@index/simple", 1)
    'No matching distribution found for a==1 at …'
    """
    if "No module named pip" in log:
        return "this environment has no pip (python -m ensurepip installs it)"
    said = [line.partition("ERROR:")[2].strip() for line in log.splitlines() if line.startswith("ERROR:")]
    what = said[-1] if said else f"pip ended with code {code}"
    if "Retrying (" in log:
        what = f"the package index cannot be reached; {what}"
    return re.sub(r"\w+://\S+", "…", what)[:_SHOWN]
