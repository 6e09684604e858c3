import contextlib
import os

import pytest

from genart.errors import InputError
from genart.files import atomic, read_bytes, refuse_existing


def test_atomic_writes_the_file_under_its_name(tmp_path):
    target = tmp_path / "song.mid"
    with atomic(target) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".mid"
        temporary.write_bytes(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_follows_the_umask_and_links(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "song.mid").symlink_to(tmp_path / "real" / "song.mid")
    before = os.umask(0o027)
    try:
        with atomic(tmp_path / "song.mid") as temporary:
            temporary.write_bytes(b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "song.mid").is_symlink()
    assert (tmp_path / "real" / "song.mid").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_atomic_leaves_nothing_behind_when_interrupted(tmp_path, error):
    target = tmp_path / "song.mid"
    target.write_bytes(b"old")

    def interrupted():
        with atomic(target) as temporary:
            temporary.write_bytes(b"half")
            raise error

    with pytest.raises(error):
        interrupted()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_atomic_says_what_is_wrong_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    long = tmp_path / ("n" * 300)
    for path, message in {
        tmp_path / "none" / "song.mid": "cannot write .*none/song.mid: the folder does not exist",
        tmp_path / "file" / "song.mid": "cannot write .*file/song.mid: the folder does not exist",
        tmp_path: ".* is a folder; name a file to write",
        "/dev/null": "/dev/null is not a regular file; name a file to write",
        long: "cannot write .*nnn: the name is too long",
    }.items():
        with pytest.raises(InputError, match=f"^{message}$"), atomic(path):
            pytest.fail("the block must not run")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux only")
def test_atomic_tells_a_full_disk(tmp_path):
    def fill():
        with atomic(tmp_path / "song.wav"), open("/dev/full", "wb") as full:
            full.write(b"sound")

    with pytest.raises(InputError, match=r"song\.wav: the disk is full$"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_atomic_passes_other_errors_on(tmp_path):
    with pytest.raises(FileNotFoundError), atomic(tmp_path / "song.mid"):
        (tmp_path / "another").read_bytes()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of Windows are others")
def test_no_permission(tmp_path):
    (tmp_path / "song.mid").touch()
    (tmp_path / "song.mid").chmod(0)
    tmp_path.chmod(0o500)
    with _not_root():
        with pytest.raises(InputError, match=r"^no permission to read .*song\.mid$"):
            read_bytes(tmp_path / "song.mid", limit=9)
        with pytest.raises(InputError, match=r"^cannot write .*new\.mid: no permission$"), atomic(tmp_path / "new.mid"):
            pytest.fail("the block must not run")
    tmp_path.chmod(0o700)


@contextlib.contextmanager
def _not_root():
    """Root may do everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_refuse_existing(tmp_path):
    refuse_existing(tmp_path / "song.mid")
    (tmp_path / "song.mid").touch()
    refuse_existing(tmp_path / "song.mid", force=True)
    with pytest.raises(InputError, match=r"song\.mid exists; pass --force to overwrite it$"):
        refuse_existing(tmp_path / "song.mid")


def test_read_bytes(tmp_path):
    (tmp_path / "song.mid").write_bytes(bytes(2**20))
    assert read_bytes(tmp_path / "song.mid", limit=2**20) == bytes(2**20)
    (tmp_path / "song.mid").write_bytes(bytes(2**20 + 1))
    with pytest.raises(InputError, match=r"song\.mid is too large: at most 1 MB can be read$"):
        read_bytes(tmp_path / "song.mid", limit=2**20)


def test_read_bytes_of_what_is_not_a_file(tmp_path):
    with pytest.raises(InputError, match=r"none\.mid does not exist$"):
        read_bytes(tmp_path / "none.mid", limit=9)
    with pytest.raises(InputError, match=r"is a folder, not a file$"):
        read_bytes(tmp_path, limit=9)
    with pytest.raises(InputError, match="^cannot read a\0b: embedded null byte$"):
        read_bytes("a\0b", limit=9)
