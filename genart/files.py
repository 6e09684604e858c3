"""Reading and writing files so that what goes wrong is one sentence and nothing is left half-written."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from genart.errors import InputError

_REASONS = {
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "the folder does not exist",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENAMETOOLONG: "the name is too long",
    errno.EFBIG: "the file would be too large for this disk",
}


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)


def refuse_existing(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Raise :class:`InputError` if `path` exists and `force` is not set."""
    if not force and os.path.lexists(path):
        raise InputError(f"{os.fspath(path)} exists; pass --force to overwrite it")


@contextlib.contextmanager
def atomic(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path to write to, which becomes `path` when the block ends without an exception.

    The temporary file lies in the same folder and has the same extension, since many libraries choose the
    format by it. Whatever is raised in the block, Ctrl-C included, `path` stays as it was and the temporary
    file is removed.

    Raises
    ------
    InputError
        The folder does not exist, there is no permission, the disk is full, or `path` is a folder or a device.
    """
    given, target = os.fspath(path), Path(os.path.realpath(path))  # realpath: write through links, not over them
    temporary = target.with_name(f".genart-{secrets.token_hex(6)}{target.suffix}")
    try:
        if target.is_dir():
            raise InputError(f"{given} is a folder; name a file to write")
        if target.exists() and not target.is_file():
            raise InputError(f"{given} is not a regular file; name a file to write")
        temporary.touch(exist_ok=False)  # fails now, before the work of the block, where it could only fail later
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        ours = error.filename in (os.fspath(temporary), os.fspath(target))
        if ours or error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise InputError(f"cannot write {given}: {_reason(error)}") from error
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_bytes(path: str | os.PathLike[str], *, limit: int) -> bytes:
    """The content of a file of at most `limit` bytes.

    Raises
    ------
    InputError
        The file is missing, a folder, not readable, or larger than `limit`; no more than `limit` bytes are
        ever read, so endless devices are refused too.
    """
    given = os.fspath(path)
    try:
        with open(given, "rb") as file:
            size = os.fstat(file.fileno()).st_size or limit  # 0 of pipes and devices; read(n) sets n bytes aside
            data = file.read(min(size, limit) + 1)
    except FileNotFoundError:
        raise InputError(f"{given} does not exist") from None
    except IsADirectoryError:
        raise InputError(f"{given} is a folder, not a file") from None
    except PermissionError:
        raise InputError(f"no permission to read {given}") from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise InputError(f"cannot read {given}: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > limit:
        raise InputError(f"{given} is too large: at most {limit // 2**20} MB can be read")
    return data
