"""`racto-nb magics`: on, off and status, here and for the user."""

import sys
from pathlib import Path

import pytest

from racto_nb.command_line import main
from racto_nb.notebook.lazily import config_path


@pytest.fixture(autouse=True)
def _places_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["magics", *words]) == 0
    return capsys.readouterr().out


def states(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    rows = run(capsys).splitlines()[1:]
    return {row.split()[0]: row.split()[1] for row in rows}


@pytest.mark.parametrize(("options", "place"), [([], "environment"), (["--user"], "user")])
def test_on_and_off_again(capsys: pytest.CaptureFixture[str], options: list[str], place: str):
    path = config_path(user=bool(options))
    other = ({"environment", "user"} - {place}).pop()

    shown = run(capsys, "on", *options)
    assert "started from now on" in shown
    assert str(path) in shown
    assert states(capsys) == {place: "on", other: "off"}
    assert "already" in run(capsys, "on", *options)

    assert str(path) in run(capsys, "off", *options)
    assert states(capsys) == {"environment": "off", "user": "off"}
    assert "was not on" in run(capsys, "off", *options)


def test_off_in_the_wrong_place_names_the_right_line(capsys: pytest.CaptureFixture[str]):
    run(capsys, "on", "--user")
    assert "racto-nb magics off --user" in run(capsys, "off")
    assert states(capsys)["user"] == "on"


def test_status_names_the_config_that_undoes_it(capsys: pytest.CaptureFixture[str]):
    run(capsys, "on")
    own = config_path(user=True)
    own.parent.mkdir(parents=True)
    own.write_text("c.MagicsManager.lazy_magics = {}")
    assert f"undone by {own}" in run(capsys, "status")


def test_a_broken_config_is_an_error_in_one_line(capsys: pytest.CaptureFixture[str]):
    path = config_path(user=False)
    path.parent.mkdir(parents=True)
    path.write_text("c.A = (")
    assert main(["magics", "on"]) == 1
    assert capsys.readouterr().err.startswith(f"racto-nb: {str(path)!r} is no Python that can be read (line 1)")


def test_another_word_is_wrong_usage(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as wrong:
        main(["magics", "maybe"])
    assert wrong.value.code == 2
    assert "'off'" in capsys.readouterr().err
