"""The block in an IPython config that loads the magics at first use: exact, whole or not at all."""

import os
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core import application

from racto_nb.exceptions import UnreadableFileError, UsageError
from racto_nb.notebook import lazily
from racto_nb.notebook.lazily import BEGIN, END, SETTING, config_path, is_on, switch_off, switch_on, with_block, without_block

CONFIGS = st.text(st.sampled_from("c.A=1# \n\r\té")).map(str.encode)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "ipython_config.py"


@given(CONFIGS)
def test_what_is_put_in_is_taken_out_again_to_the_byte(content: bytes):
    changed = with_block(content)
    assert changed.startswith(content)
    assert changed.count(SETTING) == 1
    assert without_block(changed) == content


@given(CONFIGS, CONFIGS)
def test_what_the_user_writes_below_the_block_stays(content: bytes, below: bytes):
    content += b"\n"
    assert without_block(with_block(content) + below) == content + below


def test_a_new_file_is_made_and_taken_away_again(config: Path):
    assert not is_on(config)
    assert switch_on(config)
    assert is_on(config)
    assert config.read_bytes() == b"\n".join((BEGIN, SETTING, END, b""))
    assert switch_off(config)
    assert not config.exists()
    assert list(config.parent.iterdir()) == []


def test_switching_twice_changes_nothing(config: Path):
    switch_on(config)
    before = config.read_bytes()
    assert not switch_on(config)
    assert config.read_bytes() == before
    switch_off(config)
    assert not switch_off(config)


def test_the_block_is_run_as_ipython_runs_it(config: Path):
    from traitlets.config import PyFileConfigLoader

    config.parent.mkdir()
    config.write_text("c = get_config()\nc.MagicsManager.lazy_magics = {'other': 'elsewhere'}")
    switch_on(config)
    found = PyFileConfigLoader(config.name, str(config.parent)).load_config()
    assert found.MagicsManager.lazy_magics == {"other": "elsewhere", "racto": "racto_nb"}


def test_line_ends_of_windows_are_kept(config: Path):
    config.parent.mkdir()
    config.write_bytes(b"c = get_config()\r\n")
    switch_on(config)
    assert b"\n" not in config.read_bytes().replace(b"\r\n", b"")


def test_a_link_stays_a_link_and_the_rights_of_the_file_stay(config: Path, tmp_path: Path):
    real = tmp_path / "dotfiles.py"
    real.write_text("c = get_config()\n")
    real.chmod(0o600)
    config.parent.mkdir()
    config.symlink_to(real)
    switch_on(config)
    assert config.is_symlink()
    assert is_on(real)
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"c.A = (\n", b"\x00\x01", b"# -*- coding: nonsense -*-\n", "c.A = 'ä'".encode("utf-16")])
def test_a_file_that_is_no_python_is_left_as_it_is(config: Path, content: bytes):
    config.parent.mkdir()
    config.write_bytes(content)
    with pytest.raises(UsageError, match=r"ipython_config\.py' is no Python"):
        switch_on(config)
    assert config.read_bytes() == content


@pytest.mark.parametrize(
    "damaged",
    [
        BEGIN + b"\n",
        BEGIN + b"\n" + SETTING + b"\n",
        SETTING + b"\n" + END,
        BEGIN + b"\nmine = 1\n" + END + b"\n",
        with_block(with_block(b"")),
    ],
)
def test_a_block_that_was_changed_is_left_to_its_owner(config: Path, damaged: bytes):
    config.parent.mkdir()
    config.write_bytes(b"a = 1\n" + damaged)
    for action in (switch_on, switch_off, is_on):
        with pytest.raises(UsageError, match=r"was changed \(lines 2"):
            action(config)
    assert config.read_bytes() == b"a = 1\n" + damaged


def test_a_folder_in_its_place_is_named(config: Path):
    config.mkdir(parents=True)
    with pytest.raises(UnreadableFileError, match=r"ipython_config\.py' cannot be read"):
        switch_on(config)


def test_a_disk_that_refuses_leaves_the_old_file_and_no_other(config: Path, monkeypatch: pytest.MonkeyPatch):
    config.parent.mkdir()
    config.write_text("a = 1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"No space left on device\. Nothing was changed\.$"):
        switch_on(config)
    assert [path.name for path in config.parent.iterdir()] == [config.name]
    assert config.read_text() == "a = 1\n"


def test_the_paths_are_those_that_ipython_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    assert str(config_path(user=False).parent) in [*application.ENV_CONFIG_DIRS, *application.SYSTEM_CONFIG_DIRS]
    assert config_path(user=True) == tmp_path / "profile_default" / "ipython_config.py"


@pytest.mark.parametrize(
    ("text", "undone"),
    [("c.MagicsManager.lazy_magics = {}", True), ("c.MagicsManager.lazy_magics.update({})", False), ("c.A = (", False)],
)
def test_a_later_config_that_drops_the_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, undone: bool):
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "env"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home"))
    switch_on(config_path(user=False))
    own = config_path(user=True)
    own.parent.mkdir(parents=True)
    own.write_text(text)
    environment, user = lazily.switches()
    assert (environment.is_on, environment.undone_by) == (True, own if undone else None)
    assert (user.is_on, user.undone_by) == (False, None)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the rights of folders do not bind this user")
def test_a_folder_without_the_right_to_write_says_so(config: Path):
    config.parent.mkdir()
    config.parent.chmod(0o500)
    with pytest.raises(UsageError, match="cannot be written: Permission denied"):
        switch_on(config)
