"""What is being done now, in one display that gives its place to the result. Everything is escaped."""

from __future__ import annotations

from dataclasses import dataclass

from racto_nb.notebook.display.showing import Handle, show_bundle, show_updatable
from racto_nb.notebook.display.theme import page, plain


@dataclass(slots=True)
class InPlace:
    """A display whose content is replaced: first by how far something is, at last by what it gave."""

    _handle: Handle | None = None

    def put(self, bundle: dict[str, str]) -> None:
        """Show `bundle`, which may be replaced."""
        if self._handle is None:
            self._handle = show_updatable(bundle)
        else:
            self._handle.update(bundle, raw=True)

    def end(self, bundle: dict[str, str]) -> None:
        """Show the result."""
        if self._handle is None:
            show_bundle(bundle)
        else:
            self._handle.update(bundle, raw=True)


@dataclass(slots=True)
class StepLine(InPlace):
    """Shows the step that a pipeline is at. Give it as `on_step`."""

    def __call__(self, step: str) -> None:
        """Show that `step` has begun."""
        self.put({"text/html": page("", f"{step} …"), "text/plain": plain("", f"{step} …").strip()})
