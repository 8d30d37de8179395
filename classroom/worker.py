"""A worker: loads everything once, shuts itself in, and then forks a child for each submission.

It is started by sandbox.py with a socket as its standard input, over which come jobs: one byte, and with it the end of
a line that only the child reads. So the worker never sees a submission, and no child can find another's in its memory.
Where there is no fork, `--alone` runs one job from the standard input in this process.
"""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile

from . import walls
from .running import Line, Stage, limit, read_job, run


def main(arguments):
    """Serve jobs until the socket closes. Arguments: alone | open | walls, then the settings as JSON."""
    way, settings = arguments[0], json.loads(arguments[1])
    if way == "alone":
        alone(settings)
        return
    walls.end_with_parent()
    control = socket.socket(fileno=os.dup(0))
    control.set_inheritable(False)
    _silence()
    stage = Stage()
    stage.photograph_now()
    used = _memory()
    try:
        if way == "walls":
            walls.enclose(settings["stage"], settings["shown"], settings["hidden"])
            _rehearse()
    except OSError as error:
        control.sendall(json.dumps({"refused": str(error)}).encode())
        return
    control.sendall(json.dumps({"ready": True}).encode())
    while True:
        word, numbers, _, _ = socket.recv_fds(control, 1, 1)
        if not word:
            return
        middle = os.fork()
        if not middle:
            _middle(stage, control, numbers[0], way, used, settings)
        os.close(numbers[0])
        os.waitpid(middle, 0)


def alone(settings):
    """One job from the standard input, its reports on the standard output: where there is no fork."""
    line_in, line_out = os.dup(0), os.dup(1)
    _silence()
    stage = Stage()
    stage.photograph_now()
    job = read_job(line_in)
    os.close(line_in)
    limit(job["limits"], _memory())
    with tempfile.TemporaryDirectory(prefix="course-", ignore_cleanup_errors=True) as folder:
        _settle(folder)
        run(stage, job, Line(line_out, job["word"]), folder)
        os.chdir(os.path.dirname(folder))
    os._exit(0)  # whatever threads or exit functions the student left behind


def _middle(stage, control, number, way, used, settings):
    """Between worker and child: starts the child in its own table of processes, waits, and says how it ended."""
    try:
        walls.end_with_parent()
        if way == "walls":
            walls.own_processes()
        folder = walls.OWN if way == "walls" else tempfile.mkdtemp(prefix="course-", dir=settings["room"])
        child = os.fork()
        if not child:
            walls.end_with_parent()
            control.close()
            _child(stage, number, way, used, folder)
        os.close(number)
        control.sendall(json.dumps({"pid": child}).encode() + b"\n")
        _, status, usage = os.wait4(child, 0)
        if way != "walls":
            shutil.rmtree(folder, ignore_errors=True)  # the next submission finds nothing of this one
        end = {"ended": os.waitstatus_to_exitcode(status), "cpu": usage.ru_utime + usage.ru_stime}
        control.sendall(json.dumps(end).encode() + b"\n")
    except OSError as error:
        control.sendall(json.dumps({"ended": 0, "refused": str(error)}).encode() + b"\n")
    finally:
        os._exit(0)


def _child(stage, number, way, used, folder):
    """The process in which a student's code runs."""
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if way == "walls":
            walls.cell()
        else:
            os.setsid()
            if walls.supported():
                walls.give_up_rights()
        _settle(folder)
        job = read_job(number)
        limit(job["limits"], used)
        run(stage, job, Line(number, job["word"]), folder)
        code = 0
    finally:
        os._exit(code)


def _settle(folder):
    os.environ.update(HOME=folder, TMPDIR=folder, COURSE_WORK=os.path.join(folder, "work"), COURSE_ROOT=folder)
    tempfile.tempdir = folder


def _rehearse():
    """Put up a child's walls once and see that they stand. Raises OSError where the kernel refuses one."""
    middle = os.fork()
    if not middle:
        code = 1
        try:
            walls.own_processes()
            child = os.fork()
            if not child:
                try:
                    walls.cell()
                    code = 0
                finally:
                    os._exit(code)
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        finally:
            os._exit(code)
    if os.waitstatus_to_exitcode(os.waitpid(middle, 0)[1]):
        raise OSError("the kernel refuses a submission's own walls")


def _silence():
    """Send what is written past Python, to descriptors 0, 1 and 2, nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


def _memory():
    """This process's address space in bytes, 0 where it can't be told."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


if __name__ == "__main__":
    main(sys.argv[1:])
