import os
from pathlib import Path

import pytest

from local import scratch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an engine."""
    made = tmp_path / "engine-4566"
    made.mkdir()
    return made


def test_what_an_ended_engine_left_is_removed_by_the_next_start_on_any_port(tmp_path: Path, folder: Path) -> None:
    os.close(scratch.make(folder))
    (folder / "scratch" / "code").mkdir()

    scratch.discard(tmp_path / "engine-4567", tmp_path).join()

    assert list(tmp_path.rglob("*")) == [folder]


def test_the_scratch_folder_of_a_running_engine_stays(tmp_path: Path, folder: Path) -> None:
    lock = scratch.make(folder)

    scratch.discard(tmp_path / "engine-4567", tmp_path).join()

    assert (folder / "scratch").exists()
    os.close(lock)


def test_a_start_on_the_same_port_takes_the_folder_over_from_whoever_had_it(tmp_path: Path, folder: Path) -> None:
    lock = scratch.make(folder)

    scratch.discard(folder, tmp_path).join()

    assert list(folder.iterdir()) == []
    os.close(lock)


def test_a_removal_that_was_cut_short_is_gone_on_with(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "discarded-1" / "code").mkdir(parents=True)

    scratch.discard(folder, tmp_path).join()

    assert list(tmp_path.iterdir()) == [folder]
