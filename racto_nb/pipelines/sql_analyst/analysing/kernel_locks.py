"""What the Linux kernel takes away from a process for good: files (Landlock), system calls (seccomp), networks. Child's side.

Only the standard library is used, and only in the child, before the code of others runs.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Sequence

_ALLOW, _DENY, _KILL, _ERRNO = 0x7FFF0000, 0x00050001, 0x80000000, 0x00050000
_NOT_THERE = _ERRNO | 38
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = 0b1100
"""Landlock's rights to read a file and to list a folder."""
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Landlock's rights to files, by the version that brought them."""
_NETWORK, _SCOPES = (4, 0b11), (6, 0b11)
"""The same for TCP, and for signals and nameless sockets that would reach processes outside."""
_ASK_VERSION = 1
_NEW_NETWORK = 0x40000000
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_THREAD = 0x00010000
_WRITING = 0o1103
"""Flags of open: for writing, to create, to truncate."""

_DENIED = {
    "x86_64": (
        29, 30, 31, 41, 42, 43, 49, 50, 53, 57, 58, 59, 62, 64, 65, 66, 68, 69, 70, 71, 76, 82, 83, 84, 85, 86, 87, 88, 90, 91,
        92, 93, 94, 101, 103, 129, 132, 133, 141, 142, 144, 153, 155, 159, 161, 163, 164, 165, 166, 167, 168, 169, 170, 171, 172,
        173, 175, 176, 179, 188, 189, 190, 197, 198, 199, 200, 203, 220, 227, 234, 235, 240, 241, 246, 248, 249, 250, 251, 256,
        258, 259, 260, 261, 263, 264, 265, 266, 268, 272, 279, 280, 297, 298, 304, 305, 308, 310, 311, 312, 313, 314, 316, 320,
        321, 322, 323,
    ),
    "aarch64": (
        5, 6, 7, 14, 15, 16, 30, 33, 34, 35, 36, 37, 38, 39, 40, 41, 45, 51, 52, 53, 54, 55, 58, 60, 88, 89, 97, 104, 105, 106,
        112, 116, 117, 118, 119, 122, 129, 130, 131, 138, 140, 142, 161, 162, 170, 171, 180, 181, 186, 187, 188, 189, 190, 191,
        192, 193, 194, 195, 196, 198, 199, 200, 201, 202, 203, 217, 218, 219, 221, 224, 225, 238, 239, 240, 241, 265, 266, 268,
        270, 271, 272, 273, 274, 276, 280, 281, 282, 294,
    ),
}  # fmt: skip
"""Sockets, new processes and programs, signals, priorities, memory shared by a key, tracing, mounts, namespaces, the machine's
clock and name, and changes of files (their times and attributes too), by their numbers."""
_DENIED_ANYWHERE = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 448, 452, 463, 466, 469)
"""Later calls have one number on all machines."""
_OPEN = {"x86_64": ((2, 1), (257, 2)), "aarch64": ((56, 2),)}
"""Calls that open a file, and which argument holds the flags."""
_CLONE = {"x86_64": 56, "aarch64": 220}
_OF_OTHERS = {"x86_64": 302, "aarch64": 261}
"""The call that sets the limits of a process, which may be its own only."""
_FCNTL = {"x86_64": 72, "aarch64": 25}
_SIGNALLING = (8, 10, 15)
"""Commands of fcntl by which the kernel sends any signal to any process when there is something to read."""
_IOCTL = {"x86_64": 16, "aarch64": 29}
_ASKING = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""All that may be done to a file by ioctl: ask whether it is a terminal, how large, how much there is to read; close on exec."""
_MACHINE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OPENAT2, _CLONE3 = 437, 435


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def lock(readable: Sequence[str]) -> None:
    """Only files beneath `readable` can be read from now on, none written; no network, no process, no program. OSError if not."""
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.unshare(_NEW_NETWORK)  # where it may; seccomp denies sockets anyway
    _must(kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no_new_privs")
    _lock_files(kernel, readable)
    _lock_calls(kernel)


def _must(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        msg = f"{what}: {os.strerror(number)}"
        raise OSError(number, msg)
    return result


def _lock_files(kernel: ctypes.CDLL, readable: Sequence[str]) -> None:
    version = _must(kernel.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), _ASK_VERSION), "Landlock")
    rules = _Ruleset(sum(rights for since, rights in _RIGHTS.items() if version >= since))
    rules.network, rules.scopes = (rights if version >= since else 0 for since, rights in (_NETWORK, _SCOPES))
    size = 8 * (1 + (version >= _NETWORK[0]) + (version >= _SCOPES[0]))  # an older kernel takes no longer one
    ruleset = _must(kernel.syscall(_LANDLOCK_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), 0), "Landlock")
    for folder in readable:
        try:
            opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # a folder of the import path that is not there
        rights = _READ if os.path.isdir(folder) else _READ & 0b100  # noqa: PTH112  (before the code of others, without pathlib)
        beneath = _Beneath(rights, opened)
        _must(kernel.syscall(_LANDLOCK_ADD, ruleset, 1, ctypes.byref(beneath), 0), "Landlock")
        os.close(opened)
    _must(kernel.syscall(_LANDLOCK_RESTRICT, ruleset, 0), "Landlock")
    os.close(ruleset)


def _lock_calls(kernel: ctypes.CDLL) -> None:
    machine = platform.machine()
    if machine not in _MACHINE:
        msg = f"no list of system calls for {machine}"
        raise OSError(msg)
    code = _filter(machine)
    kept = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(kept, ctypes.c_void_p))
    _must(kernel.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0), "seccomp")


def _filter(machine: str) -> bytes:
    """The filter as the kernel reads it: for each call that is denied one comparison and one return."""
    lines = [_load(4), _jump(_MACHINE[machine], 1, 0), _give(_KILL), _load(0)]
    if machine == "x86_64":
        lines += [struct.pack("<HBBI", 0x35, 0, 1, 0x40000000), _give(_DENY)]  # the numbers of x32
    for number in (*_DENIED[machine], *_DENIED_ANYWHERE):
        lines += [_jump(number, 0, 1), _give(_DENY)]
    for number in (_OPENAT2, _CLONE3):  # their flags lie in memory, where no filter looks; the older calls are used instead
        lines += [_jump(number, 0, 1), _give(_NOT_THERE)]
    for number, place in _OPEN[machine]:
        lines += [_jump(number, 0, 3), _load(16 + 8 * place), _any_of(_WRITING, 0, 1), _give(_DENY), _load(0)]
    lines += [_jump(_CLONE[machine], 0, 3), _load(16), _any_of(_THREAD, 1, 0), _give(_DENY), _load(0)]
    lines += [_jump(_OF_OTHERS[machine], 0, 3), _load(16), _jump(0, 1, 0), _give(_DENY), _load(0)]
    lines += _by_command(_FCNTL[machine], _SIGNALLING, found=_DENY, otherwise=_ALLOW)
    lines += _by_command(_IOCTL[machine], _ASKING, found=_ALLOW, otherwise=_DENY)
    return b"".join([*lines, _give(_ALLOW)])


def _by_command(number: int, commands: Sequence[int], *, found: int, otherwise: int) -> list[bytes]:
    """The verdict on the call `number` by its second argument."""
    lines = [_load(24)]
    for command in commands:
        lines += [_jump(command, 0, 1), _give(found)]
    lines.append(_give(otherwise))
    return [_jump(number, 0, len(lines)), *lines]


def _load(offset: int) -> bytes:
    return struct.pack("<HBBI", 0x20, 0, 0, offset)


def _jump(value: int, equal: int, other: int) -> bytes:
    return struct.pack("<HBBI", 0x15, equal, other, value)


def _any_of(bits: int, some: int, none: int) -> bytes:
    return struct.pack("<HBBI", 0x45, some, none, bits)


def _give(verdict: int) -> bytes:
    return struct.pack("<HBBI", 0x06, 0, 0, verdict)
