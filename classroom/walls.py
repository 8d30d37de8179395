"""Walls around a student's code on Linux: namespaces, a file system of its own, no network, no rights to change that.

`enclose` is called once by a worker: from then on it sees Python and the course's helpers, nothing of the class, and
has no network. `cell` is called in each child of it, which adds a table of processes and an empty folder of its own,
and gives up every right to change the walls. Where the kernel refuses, OSError is raised; the process that tried is
then of no more use and has to end.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 38, 22, 24
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
SYS_MOUNT_SETATTR = 442  # the same on every machine
SYS_CAPSET = {"x86_64": 126, "aarch64": 91}

OWN = "/own"  # the one folder in which a submission may write; not /tmp, where Python itself may be installed
ROOM = "64m"  # what a submission may write into its own folder
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt")
SETTINGS = ("/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def _libc():
    return ctypes.CDLL(None, use_errno=True)


def _done(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source, target, kind=None, flags=0, data=None):
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    number = _libc().mount(*words, ctypes.c_ulong(flags), None if data is None else data.encode())
    _done(number, f"mount {target}")


def end_with_parent():
    """On Linux, end this process when the one that started it ends, however that happens."""
    if sys.platform == "linux":
        _libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _unshare(flags):
    _done(_libc().unshare(flags), "unshare")


def supported():
    """Whether this is a machine whose kernel interface is known here."""
    return sys.platform == "linux" and platform.machine() in SYS_PIVOT_ROOT


# The worker's walls


def enclose(stage, shown, hidden):
    """Shut this process in: it keeps Python and the folders `shown`, all read-only, and loses all else and the network.

    `stage` is an empty folder to build the new root on; `hidden` are folders that must not be seen even where one of
    the system's own folders contains them. Raises OSError where the kernel refuses.
    """
    uid, gid = os.getuid(), os.getgid()
    _unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    _mount("none", "/", flags=MS_REC | MS_PRIVATE)
    stage = Path(stage)
    _mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=1m")
    interpreter = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    interpreter.add(str(Path(sys.executable).resolve().parent))
    _bring_in(stage, [*SYSTEM, *SETTINGS, *sorted(interpreter), *map(str, shown)])
    for path in DEVICES:
        if os.path.exists(path):
            _bind(path, stage)
    for path in map(str, hidden):
        inside = Path(f"{stage}{path}")
        if inside.is_dir() and not any(_within(keep, path) for keep in (*interpreter, *map(str, shown))):
            _mount("tmpfs", inside, "tmpfs", MS_RDONLY, "size=4k")
    for name in ("before", OWN.lstrip("/")):
        (stage / name).mkdir(exist_ok=True)
    os.chdir(stage)
    _done(_libc().syscall(SYS_PIVOT_ROOT[platform.machine()], b".", b"before"), "pivot_root")
    os.chdir("/")
    _done(_libc().umount2(b"/before", MNT_DETACH), "umount")
    os.rmdir("/before")
    _mount(None, "/", flags=MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _bring_in(stage, paths):
    """Bind each path, shortest first, unless one that contains it is there already."""
    there = []
    for path in sorted(dict.fromkeys(paths), key=len):
        if not os.path.exists(path) or any(_within(path, other) for other in there):
            continue
        if os.path.islink(path):
            link = Path(f"{stage}{path}")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.readlink(path))
            continue
        _bind(path, stage)
        there.append(path)


def _bind(path, stage):
    target = Path(f"{stage}{path}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.isdir(path):
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    _mount(path, target, flags=MS_BIND | MS_REC)
    if path in DEVICES:
        return
    attributes = struct.pack("=QQQQ", MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    code = _libc().syscall(
        SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(target), AT_RECURSIVE, attributes, ctypes.c_size_t(len(attributes))
    )
    if code < 0 and ctypes.get_errno() == errno.ENOSYS:  # a kernel before 5.12
        _mount(None, target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)
    else:
        _done(code, f"mount_setattr {path}")


def _within(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


# The child's walls


def own_processes():
    """Give the next child of this process a table of processes and of mounts of its own."""
    _unshare(CLONE_NEWPID | CLONE_NEWNS)


def cell():
    """In the child: an empty folder OWN and no right to change any wall. There is no /proc to look around in."""
    _mount("tmpfs", OWN, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=700,size={ROOM},nr_inodes=4096")
    give_up_rights()


def give_up_rights():
    """Drop every capability for good, and forbid new processes, programs, mounts and namespaces."""
    libc, machine = _libc(), platform.machine()
    for number in range(64):
        if libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0:
            break
    header, none = struct.pack("=Ii", 0x20080522, 0), bytes(24)
    _done(libc.syscall(SYS_CAPSET[machine], header, none), "capset")
    _done(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    program = _filter(machine)
    array = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(array))
    _done(libc.prctl(PR_SET_SECCOMP, 2, head, 0, 0), "seccomp")


# System calls that no exercise needs: new processes and programs, mounts, namespaces, other processes' memory, and
# those parts of the kernel where most of its errors were found.
REFUSED = {
    "x86_64": (
        57, 58, 59, 322, 101, 165, 166, 155, 161, 272, 308, 321, 323, 298, 248, 249, 250, 246, 320, 175, 313, 176,
        310, 311, 425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 167, 168, 169, 304,
    ),
    "aarch64": (
        221, 281, 117, 40, 39, 41, 51, 97, 268, 280, 282, 241, 217, 218, 219, 104, 294, 105, 273, 106, 270, 271,
        425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 224, 225, 142, 265,
    ),
}  # fmt: skip
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435
CLONE_THREAD = 0x00010000
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def _filter(machine):
    """The kernel's filter program for `give_up_rights`, as bytes. Threads may start, processes may not."""
    refused = REFUSED[machine]
    steps = [
        (LOAD, 0, 0, 4),  # the architecture the call is made for
        (EQUAL, 1, 0, ARCHITECTURE[machine]),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
        (LOAD, 0, 0, 0),  # the call's number
    ]
    tests = [(AT_LEAST, 0x40000000), *((EQUAL, number) for number in refused)]
    after = 6  # steps behind the tests, before the refusal: see below
    for index, (kind, number) in enumerate(tests):
        steps.append((kind, len(tests) - index - 1 + after, 0, number))
    steps += [
        (EQUAL, 4, 0, CLONE3),  # -> no such call, so that the C library takes the older one
        (EQUAL, 0, 2, CLONE[machine]),
        (LOAD, 0, 0, 16),  # its flags
        (ANY_BIT, 0, 2, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE | errno.ENOSYS),
        (RETURN, 0, 0, REFUSE | errno.EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
