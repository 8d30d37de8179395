"""Writing and renaming files so that a name always stands for one whole file, whatever interrupts.

course.py imports this at its start, so its syntax is that of Python 3.6, too.
"""

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def digest_of(data):
    """Return the SHA-256 of some bytes as text."""
    return hashlib.sha256(data).hexdigest()


def read_or_none(path):
    """Return the bytes of a file, None where there is no such file."""
    try:
        return patiently(path.read_bytes)
    except FileNotFoundError:
        return None


def patiently(action):
    """Do `action`, again for a short while if refused: Windows refuses while another program has the file."""
    for pause in (0.01, 0.02, 0.05, 0.1) if os.name == "nt" else ():
        try:
            return action()
        except PermissionError:
            time.sleep(pause)
    return action()


def write_through(path, data):
    """Write a new file and wait until the disk has it; raises FileExistsError where the name is taken."""
    with open(str(path), "xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())


def settle_folder(folder):
    """Wait until the disk knows the names in a folder, where the system can be asked for that."""
    if os.name == "nt":
        return
    number = os.open(str(folder), os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # some network drives can't
            raise
    finally:
        os.close(number)


def replace(source, target):
    """Give `source` the name `target`, in place of what has it; from another disk too."""
    try:
        patiently(lambda: os.replace(str(source), str(target)))
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        write_whole(target, source.read_bytes())
        source.unlink()


def write_whole(path, data):
    """Put bytes under a name in one go: what stood there before stays whole until the new file is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(path, data)
    try:
        patiently(lambda: os.replace(str(beside), str(path)))
    finally:
        if beside.exists():
            beside.unlink()


def unfinished(path, data):
    """Return a new file beside `path` that holds the bytes, hidden, with the rights of an ordinary file."""
    number, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=str(path.parent))
    beside = Path(beside)
    try:
        with os.fdopen(number, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        beside.chmod(0o666 & ~current_umask())
    except BaseException:
        beside.unlink()
        raise
    return beside


def copy_new(master, copy):
    """Copy one file, whole or not at all; return False, and change nothing, where the name is taken."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    beside = unfinished(copy, master.read_bytes())
    try:
        move_new(beside, copy)
    except FileExistsError:
        return False
    finally:
        if beside.exists():
            beside.unlink()
    return True


def move_new(source, target):
    """Give a file another name; raises FileExistsError, and changes nothing, where that name is taken."""
    if os.name == "nt":
        os.rename(source, target)  # on Windows this never replaces a file
        return
    try:
        os.link(str(source), str(target))
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # A file system without hard links (USB sticks): take the name first, then put the file there.
        os.close(os.open(str(target), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.replace(str(source), str(target))
        return
    source.unlink()


def current_umask():
    """Return the process's file mode mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def free_name(path, suffix, taken=()):
    """Return the first free name of name.kept-1, name.kept-2, ... beside `path`; `suffix` stays last.

    `taken` are names that are not free either.
    """
    stem = path.name[: len(path.name) - len(suffix)] if suffix else path.name
    number = 1
    while True:
        kept = path.with_name(f"{stem}.kept-{number}{suffix}")
        if kept not in taken and not os.path.lexists(str(kept)):
            return kept
        number += 1


def keep(path):
    """Move a learner's file aside under the next free name and return that name."""
    while True:
        kept = free_name(path, path.suffix)
        try:
            move_new(path, kept)
        except FileExistsError:
            continue  # another reset took the number in between
        return kept


def remove_folder(folder):
    """Delete a folder of ours with all that is in it, if it is there."""
    if folder.exists():
        shutil.rmtree(str(folder))


def locked(handle):
    """Try to lock an open file; return False only where another process holds it."""
    try:
        if os.name == "nt":
            import msvcrt

            handle.seek(1 << 30)  # far behind the end, so that nobody is kept from reading the file
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True


@contextlib.contextmanager
def alone(path, tell):
    """Hold a lock on the file `path`, made if needed; `tell` is called once where another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(str(path), "a+b") as handle:
        told = False
        while not locked(handle):
            if not told:
                tell()
                told = True
            time.sleep(0.1)
        yield
