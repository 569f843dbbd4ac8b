# tries: to reach its parent and all others with harmless signals (0 and SIGCONT); right verdict: not passed (exit 1)
import ctypes
import fcntl
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
reached = []
for name, attempt in {
    "parent": lambda: os.kill(os.getppid(), 0),
    "parent SIGCONT": lambda: os.kill(os.getppid(), signal.SIGCONT),
    "all": lambda: os.kill(-1, 0),
    "all SIGCONT": lambda: os.kill(-1, signal.SIGCONT),
    "group": lambda: os.killpg(os.getpgid(os.getppid()), signal.SIGCONT),
    "pidfd": lambda: os.pidfd_open(os.getppid()),
    "tgkill": lambda: libc.syscall(234, os.getppid(), os.getppid(), 0) and os.stat("/nowhere"),
    "tkill": lambda: libc.syscall(200, os.getppid(), 0) and os.stat("/nowhere"),
    "queue": lambda: libc.sigqueue(os.getppid(), signal.SIGCONT, 0) and os.stat("/nowhere"),
    "owner": lambda: fcntl.fcntl(1, fcntl.F_SETOWN, os.getppid()),
}.items():
    try:
        attempt()
        reached.append(name)
    except OSError:
        continue
print("reached:", reached)


def transfer_weights(source, target):
    pass
