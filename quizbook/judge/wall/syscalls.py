"""seccomp: the calls that no exercise needs and every escape does, refused by the kernel with EPERM.

RLIMIT_NPROC does nothing for root, so `fork` is forbidden here; threads may be made. glibc's clone3, whose flags a
filter cannot read, answers ENOSYS, upon which glibc falls back to clone. Sources: seccomp(2), pthread_create's source.
"""

from __future__ import annotations

import errno
import os

import pyseccomp

CLONE_THREAD = 0x00010000
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR = 0x40086602, 0x401C5820
FIOSETOWN, SIOCSPGRP = 0x8901, 0x8902
F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY = 8, 10, 15, 1024, 1026
SOCKET_TYPE_MASK, SOCK_DGRAM, SOCK_RAW = 0xF, 2, 3

REFUSED = """
execve execveat fork vfork
socket connect bind listen accept accept4
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_open pidfd_getfd pidfd_send_signal
tkill rt_sigqueueinfo rt_tgsigqueueinfo
mount umount2 pivot_root chroot unshare setns fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr
mount_setattr
open_by_handle_at name_to_handle_at mknod mknodat fanotify_init
bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register
keyctl add_key request_key
memfd_create memfd_secret shmget shmat shmctl semget semop msgget mq_open
setpriority sched_setscheduler sched_setattr sched_setparam ioprio_set
reboot kexec_load kexec_file_load init_module finit_module delete_module swapon swapoff acct quotactl
settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog iopl ioperm vhangup
personality modify_ldt migrate_pages move_pages
""".split()  # fmt: skip

# what Landlock cannot forbid; a mount namespace makes it harmless, without one it has to be refused altogether
REFUSED_ON_SHARED_MOUNTS = """
chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utime utimes utimensat futimesat
setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr
""".split()

# calls that an installed libseccomp may not know by name; all processors number new calls alike
NEWER_THAN_LIBSECCOMP = {
    "mount_setattr": 442, "memfd_secret": 447, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
    "open_tree_attr": 467, "file_setattr": 469,
}  # fmt: skip


def refuse_syscalls(*, own_mounts: bool) -> None:
    """Loads the filter into this process for good; OSError where the kernel or libseccomp has none.

    own_mounts: whether this process sees everything but its scratch read-only.
    """
    wall = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse = pyseccomp.ERRNO(errno.EPERM)
    for name in REFUSED if own_mounts else (*REFUSED, *REFUSED_ON_SHARED_MOUNTS):
        _add(wall, refuse, name)
    me = os.getpid()
    _add(wall, pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    _add(wall, refuse, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0))
    for name in ("kill", "tgkill"):
        _add(wall, refuse, name, pyseccomp.Arg(0, pyseccomp.NE, me))
    _add(wall, refuse, "prlimit64", pyseccomp.Arg(0, pyseccomp.NE, 0))
    # a datagram socket of one's own reaches any other by its path; streams, which asyncio uses, do not
    for kind in (SOCK_DGRAM, SOCK_RAW):
        _add(wall, refuse, "socketpair", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, SOCKET_TYPE_MASK, kind))
    _add(wall, refuse, "sched_setaffinity", pyseccomp.Arg(0, pyseccomp.NE, 0))  # of other processes of the user
    for command in (F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY):
        _add(wall, refuse, "fcntl", pyseccomp.Arg(1, pyseccomp.EQ, command))
    for request in (TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR):
        _add(wall, refuse, "ioctl", pyseccomp.Arg(1, pyseccomp.EQ, request))
    wall.load()


def _add(wall: pyseccomp.SyscallFilter, action: int, name: str, *arguments: pyseccomp.Arg) -> None:
    number = NEWER_THAN_LIBSECCOMP.get(name)
    if number is None:
        try:
            number = pyseccomp.resolve_syscall(pyseccomp.system_arch(), name)
        except ValueError:
            return
    if number >= 0:  # otherwise this processor has no such call
        wall.add_rule(action, number, *arguments)
