# tries: shared memory, pipes with names, sockets and locks that outlive it; right verdict: not passed (exit 1)
import ctypes
import fcntl
import os
import socket

import reference

libc = ctypes.CDLL(None, use_errno=True)
left = []
for name, attempt in {
    "shm file": lambda: open("/dev/shm/quizbook_hostile", "w"),
    "System V memory": lambda: libc.shmget(0x51B00C, 4096, 0o1600) < 0 and os.stat("/nowhere"),
    "System V semaphore": lambda: libc.semget(0x51B00C, 1, 0o1600) < 0 and os.stat("/nowhere"),
    "System V queue": lambda: libc.msgget(0x51B00C, 0o1600) < 0 and os.stat("/nowhere"),
    "memfd": lambda: os.memfd_create("quizbook_hostile"),
    "named pipe": lambda: os.mkfifo("/tmp/quizbook_hostile_pipe"),
    "device": lambda: os.mknod("/tmp/quizbook_hostile_node", 0o100600),
    "unix socket": lambda: socket.socket(socket.AF_UNIX).bind("/tmp/quizbook_hostile_socket"),
    "abstract socket": lambda: socket.socket(socket.AF_UNIX).bind("\0quizbook_hostile"),
    "scratch": lambda: open("left_in_scratch", "w").write("x"),
}.items():
    try:
        attempt()
        left.append(name)
    except OSError:
        continue
print("left:", left)
locked = open(os.path.join(os.path.dirname(reference.__file__), "__init__.py"))
fcntl.flock(locked, fcntl.LOCK_EX)


def transfer_weights(source, target):
    pass
