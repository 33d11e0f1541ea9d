"""Cells in an IPython shell of this process: run one, look at what it showed and how it ended."""

from __future__ import annotations

from typing import Any


class Notebook:
    """A shell whose displays are captured, with FakeKit at hand."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.ok("from racto_nb.testing import FakeKit, FakeReply")

    def run(self, source: str) -> BaseException | None:
        """Run a cell; the error it ended with, if any."""
        self.shell.display_pub.outputs.clear()
        result = self.shell.run_cell(source, silent=True)
        return result.error_before_exec or result.error_in_exec

    def ok(self, source: str) -> None:
        """Run a cell that must succeed."""
        if (error := self.run(source)) is not None:
            raise error

    def failed(self, source: str) -> BaseException:
        """Run a cell that must fail; its error."""
        error = self.run(source)
        assert error is not None, "the cell did not fail"
        return error

    @property
    def shown(self) -> list[dict[str, str]]:
        """The MIME bundles that the last cell displayed, in order."""
        return [output["data"] for output in self.shell.display_pub.outputs]

    @property
    def text(self) -> str:
        """The text twins of them."""
        return "\n".join(data["text/plain"] for data in self.shown)

    def __getitem__(self, name: str) -> Any:
        return self.shell.user_ns[name]

    def __setitem__(self, name: str, value: object) -> None:
        self.shell.user_ns[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self.shell.user_ns
