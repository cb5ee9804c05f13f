"""Whose a state folder has to be, and how what stands in it is made: for this user alone, from the first moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mcp_servers.contract import private_files
from sre_agent import state_folder
from sre_agent.cli.main import app
from sre_agent.compose import open_offline_runtime
from sre_agent.errors import SettingsError, StateFolderError
from sre_agent.settings import LAST, SAVED, Settings, at_hand, load, save

ANOTHER = 12_345  # a user that is not this one
ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def use(folder: Path) -> None:
    """As any command does that reads a state folder."""

    async def read() -> None:
        async with open_offline_runtime(Settings(state_dir=folder, trace="none")):
            pass

    asyncio.run(read())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder with everything in it that a run leaves."""
    path = tmp_path / "state"
    use(path)
    save(Settings(state_dir=path))
    for name in ("reports/inc-1.md", "batches/batch-0.json", "sweeps/a.json", "permit.key", SAVED, "servers.log"):
        private_files.write(path / name, "{}")
    private_files.database(path / "used-permits-kubernetes.sqlite")
    return path


@contextlib.contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


HELD = ("", SAVED, LAST, "incidents.sqlite", "checkpoints.sqlite", "queue.sqlite", "permit.key", "log.jsonl")
BELOW = ("used-permits-kubernetes.sqlite", "servers.log", "reports", "reports/inc-1.md", "batches/batch-0.json")
WRITERS = [(0o002, "every user of this machine", "go-w"), (0o020, "the group with gid 12345", "g-w")]


@ROOT
@pytest.mark.parametrize("entry", [*HELD, *BELOW])
def test_what_another_user_owns_is_refused_with_the_path_and_what_to_do(entry: str, folder: Path) -> None:
    os.chown(folder / entry, ANOTHER, -1, follow_symlinks=False)
    with pytest.raises(StateFolderError) as refused:
        use(folder)
    problem = str(refused.value)
    assert f"{folder / entry} belongs to uid {ANOTHER}, and this process runs as root (uid 0)" in problem
    assert f"To fix it: sudo chown -R 0 {folder}" in problem


@pytest.mark.parametrize("entry", [*HELD, *BELOW])
@pytest.mark.parametrize(("bits", "who", "less"), WRITERS)
def test_what_others_may_write_is_refused_with_the_path_and_what_to_do(
    bits: int, who: str, less: str, entry: str, folder: Path
) -> None:
    path = folder / entry
    if bits == 0o020:
        if os.geteuid() != 0:
            pytest.skip("only root can give a file to a group that it is not in")
        os.chown(path, -1, 12_345)
    path.chmod(mode(path) | bits)
    with pytest.raises(StateFolderError) as refused:
        use(folder)
    assert f"{who} may write {path}" in str(refused.value)
    assert f"To fix it: chmod {less} {path}" in str(refused.value)
    assert path.lstat().st_mode & bits, "what may be an attack is not tidied up"


@pytest.mark.parametrize(
    "words",
    [
        ["incidents", "list"],
        ["incidents", "show", "inc-1"],
        ["incidents", "approve", "inc-1"],
        ["incidents", "cancel", "inc-1"],
        ["costs"],
        ["evaluate", "--model", "bedrock"],
        ["sweep"],
        ["sweep", "--collect", "batch-0"],
        ["investigate", "web in shop"],
        ["chat", "is web ready", "--profile", "local"],
    ],
    ids=" ".join,
)
def test_no_command_uses_a_folder_that_others_may_write(words: list[str], folder: Path) -> None:
    folder.chmod(0o777)
    (folder / SAVED).write_text("{}")
    done = CliRunner().invoke(app, [*words, "--state-dir", str(folder)])
    assert isinstance(done.exception, StateFolderError), f"{done.output}{done.exception!r}"


@pytest.mark.parametrize("bits", [0o777, 0o707])
def test_a_folder_below_one_that_others_may_write_is_refused(bits: int, folder: Path) -> None:
    above = folder.parent
    above.chmod(bits)
    with pytest.raises(StateFolderError, match=f"may write {above}, on the way to it"):
        use(folder)
    above.chmod(0o1777)  # as /tmp: only its owner can put another folder in its place
    use(folder)


@ROOT
def test_a_folder_below_one_of_another_user_is_refused(folder: Path) -> None:
    os.chown(folder.parent, ANOTHER, -1)
    with pytest.raises(StateFolderError, match=f"{folder.parent}, on the way to it, belongs to uid {ANOTHER}"):
        use(folder)


def test_a_link_to_a_folder_of_ours_is_followed_and_looked_at_where_it_leads(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    use(link)
    folder.chmod(0o770 | 0o007)
    with pytest.raises(StateFolderError, match=f"may write {folder}"):
        use(link)


@ROOT
def test_a_link_of_another_user_is_refused(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder)
    os.chown(link, ANOTHER, -1, follow_symlinks=False)
    with pytest.raises(StateFolderError, match=f"{link}, on the way to it, belongs to uid {ANOTHER}"):
        use(link)


@pytest.mark.parametrize("entry", [SAVED, "incidents.sqlite", "reports", "log.jsonl"])
def test_a_link_in_the_place_of_a_file_is_refused(entry: str, folder: Path, tmp_path: Path) -> None:
    (folder / entry).rename(tmp_path / "moved")
    (folder / entry).symlink_to(tmp_path / "moved")
    with pytest.raises(StateFolderError, match=f"{folder / entry} is a link to {tmp_path / 'moved'}"):
        use(folder)


def test_a_folder_of_ours_that_others_may_read_is_closed_to_them(folder: Path) -> None:
    """As an older version left it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    use(folder)
    open_ = {str(path): oct(mode(path)) for path in (folder, *folder.rglob("*")) if mode(path) & 0o077}
    assert not open_


def test_a_folder_that_holds_other_things_too_keeps_its_mode(folder: Path) -> None:
    (folder / "main.tf").touch()
    folder.chmod(0o755)
    use(folder)
    assert mode(folder) == 0o755 and mode(folder / "incidents.sqlite") == 0o600


def test_the_group_of_one_user_is_nobody_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each user has a group, a folder made with the usual umask of 002 may be written by that group."""
    folder.chmod(0o775)
    monkeypatch.setattr(state_folder, "_of_one", lambda group: group == folder.stat().st_gid)
    use(folder)
    assert mode(folder) == 0o700


@ROOT
def test_a_volume_of_a_container_is_used_where_the_user_says_that_it_may_be(folder: Path) -> None:
    """fsGroup: the volume belongs to root and to the pod's group, which may write it."""
    os.chown(folder, ANOTHER, ANOTHER)
    folder.chmod(0o2775)
    with pytest.raises(StateFolderError, match="SRE_AGENT_STATE_DIR_TRUSTED=true"):
        save(load(state_dir=folder, environment={}))
    save(load(state_dir=folder, environment={"SRE_AGENT_STATE_DIR_TRUSTED": "true"}))
    with pytest.raises(StateFolderError):  # what the folder itself says of this is not believed
        save(load(state_dir=folder, environment={}))


@pytest.mark.parametrize("value", [0, 0o077, 0o277])
def test_folders_and_files_are_of_this_user_alone_whatever_the_umask(value: int, tmp_path: Path) -> None:
    with umask(value):
        private_files.write(tmp_path / "new/below/file", "x")
        private_files.database(tmp_path / "new/a.sqlite")
        private_files.appended(tmp_path / "new/log").close()
        assert private_files.write_once(tmp_path / "new/key", b"1")
        assert not private_files.write_once(tmp_path / "new/key", b"2")
    modes = {path.name: oct(mode(path)) for path in (tmp_path / "new", *(tmp_path / "new").rglob("*"))}
    of_files = dict.fromkeys(("file", "a.sqlite", "log", "key"), "0o600")
    assert modes == {"new": "0o700", "below": "0o700", **of_files}
    assert (tmp_path / "new/key").read_bytes() == b"1"


def test_the_files_beside_a_database_have_its_mode_while_it_is_open(tmp_path: Path) -> None:
    modes: dict[str, int] = {}

    async def read() -> None:
        async with open_offline_runtime(Settings(state_dir=tmp_path / "state", trace="none")):
            modes.update({path.name: mode(path) for path in (tmp_path / "state").iterdir()})

    with umask(0):
        asyncio.run(read())
    assert {"incidents.sqlite-wal", "incidents.sqlite-shm", "checkpoints.sqlite-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}


DIES = """
import os, pathlib, signal, sys
from mcp_servers.contract import private_files
path = pathlib.Path(sys.argv[1])
moment = getattr(os, sys.argv[2])
def dies(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, sys.argv[2], dies)
private_files.write(path, "new " * 100_000)
"""


@pytest.mark.parametrize("moment", ["fchmod", "fsync", "replace"])
def test_a_killed_process_leaves_the_old_file_or_the_new_one_and_never_a_half(moment: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    private_files.write(path, "old")
    dead = subprocess.run([sys.executable, "-c", DIES, str(path), moment], timeout=60)
    assert dead.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    private_files.write(path, "old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        private_files.write(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["report.json"] and path.read_text() == "old"


def test_a_folder_in_which_nothing_ran_is_not_made_by_reading_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There are no incidents"):
        at_hand(tmp_path / "none")
    assert not (tmp_path / "none").exists()
