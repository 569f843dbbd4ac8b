# tries: to change modes, owners, times and attributes of a canary in the home, by path and by descriptor; right verdict: not passed (exit 1)
import ctypes
import fcntl
import os

work = os.path.dirname(os.path.abspath(__file__))
canary = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(work))), "canary")
libc = ctypes.CDLL(None)
done = []
for path in (canary + "/file", canary, __file__, work, "/proc/self/cwd/../../canary"):
    for attempt in (
        lambda path: os.chmod(path, 0o600),
        lambda path: os.chown(path, os.getuid(), os.getgid()),
        lambda path: os.lchown(path, os.getuid(), os.getgid()),
        lambda path: os.utime(path, (1, 1)),
        lambda path: os.setxattr(path, "user.quizbook", b"x"),
        lambda path: os.fchmod(os.open(path, os.O_RDONLY), 0o600),
        lambda path: os.utime(os.open(path, os.O_RDONLY), (1, 1)),
        lambda path: os.setxattr(os.open(path, os.O_RDONLY), "user.quizbook", b"x"),
        lambda path: fcntl.ioctl(os.open(path, os.O_RDONLY), 0x40086602, (0x40).to_bytes(8, "little")),
        lambda path: libc.syscall(268, -100, path.encode(), 0o640) and os.stat("/nowhere"),
        lambda path: libc.syscall(452, -100, path.encode(), 0o640, 0) and os.stat("/nowhere"),
    ):
        try:
            attempt(path)
            done.append((path, attempt.__code__.co_firstlineno))
        except OSError:
            continue
print("done:", done)


def transfer_weights(source, target):
    pass
