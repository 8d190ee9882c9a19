"""Trees that a task made: as deep, as closed and as restless as it likes."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from hivemind_desktop.containers import trees
from hivemind_desktop.containers.trees import remove_tree, tree_bytes

DEPTH = 1500


def dig(folder: Path, depth: int, name: str = "d", size: int = 0) -> None:
    """`depth` folders in one another, a file of `size` bytes and a brother in each."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        os.mkdir("brother", dir_fd=here)
        if size:
            file = os.open("file", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=here)
            os.write(file, b"x" * size)
            os.close(file)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@pytest.mark.parametrize("name", ["d", "d" * 255])
def test_a_deep_tree_is_counted_whole_and_removed(tmp_path: Path, name: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    dig(tree, DEPTH, name, 5000)
    before = len(os.listdir("/proc/self/fd"))
    assert DEPTH * 5000 <= tree_bytes(tree) <= DEPTH * (8192 + 3 * 4096)
    remove_tree(tree)
    assert not tree.exists()
    assert len(os.listdir("/proc/self/fd")) == before


def test_links_are_neither_followed_nor_spared(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "big").write_bytes(b"x" * 1_000_000)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "folder").symlink_to(tmp_path / "mine")
    (tmp_path / "tree" / "file").symlink_to(tmp_path / "mine" / "big")
    (tmp_path / "tree" / "nowhere").symlink_to("gone")
    os.mkfifo(tmp_path / "tree" / "pipe")
    assert tree_bytes(tmp_path / "tree") < 100_000
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert (tmp_path / "mine" / "big").stat().st_size == 1_000_000


def test_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert tree_bytes(tmp_path / "no") == 0
    remove_tree(tmp_path / "no")


def test_a_folder_that_is_moved_away_does_not_lead_the_walk_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its `..` is another folder then."""
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    (tree / "a" / "left").write_bytes(b"x" * 50_000)
    (tree / "z" / "file").parent.mkdir()
    (tree / "z" / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "huge").write_bytes(b"x" * 9_000_000)
    leave = trees._Walk.leave

    def moved(walk: trees._Walk) -> str:
        if walk.levels[-1].name == "b" and (tree / "a" / "b").exists():
            (tree / "a" / "b").rename(tmp_path / "outside" / "b")
        return leave(walk)

    monkeypatch.setattr(trees._Walk, "leave", moved)
    assert 150_000 <= tree_bytes(tree) < 1_000_000
    assert (tmp_path / "outside" / "b").exists()


def test_a_restless_tree_is_counted_without_a_fault(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for n in range(20):
        (tree / f"{n}").mkdir(parents=True)
        dig(tree / f"{n}", 10, size=100)
    over = threading.Event()

    def stir() -> None:
        n = 0
        while not over.is_set():
            (tree / f"{n % 20}" / "d" / "d").rename(tree / "away")
            (tree / "away").rename(tree / f"{n % 20}" / "d" / "d")
            n += 1

    mover = threading.Thread(target=stir)
    mover.start()
    try:
        counts = [tree_bytes(tree) for _ in range(50)]
    finally:
        over.set()
        mover.join()
    assert max(counts) <= tree_bytes(tree) * 2
    assert min(counts) > 0


def test_a_plain_user_removes_what_the_task_closed(tmp_path: Path) -> None:
    """A worker that is no root has the task's own uid."""
    home = tmp_path / "home"
    home.mkdir()
    if os.geteuid() == 0:
        for folder in (tmp_path, *tmp_path.parents):
            folder.chmod(folder.stat().st_mode | 0o011)
        os.chown(home, 65534, 65534)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            tree = home / "tree"
            (tree / "shut" / "inner").mkdir(parents=True)
            (tree / "shut" / "inner" / "file").write_bytes(b"x")
            (tree / "listed").mkdir()
            (tree / "listed" / "file").write_bytes(b"x")
            (tree / "shut" / "inner").chmod(0)
            (tree / "shut").chmod(0)
            (tree / "listed").chmod(0o400)
            tree.chmod(0o500)
            tree_bytes(tree)
            remove_tree(tree)
            code = 0 if not tree.exists() else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
