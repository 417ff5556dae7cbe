"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.disk import replace_file


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("old")

    def fail(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match=r"No space left on device; the file there is as it was"):
        replace_file(path, fail)
    assert [one.name for one in tmp_path.iterdir()] == ["kept.txt"]
    assert path.read_text() == "old"


def test_a_link_stays_a_link_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "behind").write_text("old")
    link = tmp_path / "link 🙂 with spaces"
    link.symlink_to("behind")
    replace_file(link, lambda temporary: temporary.write_text("new"))
    assert link.is_symlink()
    assert (tmp_path / "behind").read_text() == "new"


def test_a_folder_that_is_not_there_is_a_sentence_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot write .*a\.txt: No such file or directory"):
        replace_file(tmp_path / "missing" / "a.txt", lambda temporary: None)
