"""A mount namespace of the child's own: all is read-only, hidden files are empty, its scratch is a memory disk.

Works without root where unprivileged user namespaces are allowed. The calls go to the C library, since Python has
`os.unshare` only from 3.12 on and no `mount` at all. Sources: unshare(2), user_namespaces(7), mount(2),
mount_setattr(2), capset(2).
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER = 0x00020000, 0x08000000, 0x10000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 0x1000, 0x4000, 0x40000
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1  # the same number everywhere
CAPABILITY_VERSION_3 = 0x20080522
MOST_FILES = 4096  # in the scratch folder

_libc = ctypes.CDLL(None, use_errno=True)


def enter_own_namespaces(scratch: str, scratch_mb: int, hidden: tuple[str, ...]) -> None:
    """Leaves the mounts, users and System V IPC of everybody else behind; OSError where the kernel refuses."""
    _unshare()
    _mount(None, "/", None, MS_REC | MS_PRIVATE)
    _make_all_read_only()
    if hidden:
        _mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV, "size=4k,nr_inodes=4,mode=700")
        nothing = str(Path(scratch, "nothing"))
        Path(nothing).touch(mode=0o444)
        for path in hidden:
            _mount(nothing, path, None, MS_BIND)
    options = f"size={scratch_mb}m,nr_inodes={MOST_FILES},mode=700"
    _mount("tmpfs", scratch, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options)
    _drop_capabilities()


def _unshare() -> None:
    uid, gid = os.geteuid(), os.getegid()
    if _libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC) == 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    else:  # root where user namespaces are switched off
        _call("unshare", _libc.unshare(CLONE_NEWNS | CLONE_NEWIPC))


def _make_all_read_only() -> None:
    """Nothing outside can be changed, nor what Landlock has no rule for: modes, owners, times, attributes."""
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    result = _libc.syscall(
        ctypes.c_long(SYS_MOUNT_SETATTR), AT_FDCWD, b"/", AT_RECURSIVE, ctypes.byref(attributes), size
    )
    _call("mount_setattr", result)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    arguments = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    source_, target_, kind_, options_ = arguments
    _call(f"mount on {target}", _libc.mount(source_, target_, kind_, ctypes.c_ulong(flags), options_))


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _call("capset", _libc.capset(header, none))


def _call(name: str, result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
