# tries: the system calls themselves: fork, clone, execve, ptrace, mount, unshare, memfd_create, io_uring, bpf, keys; right verdict: not passed (exit 1|2)
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
true, none = b"/bin/true", None
CALLS = {
    "fork": (57,), "clone": (56, 17, 0, 0, 0, 0), "clone of the thread kind, almost": (56, 0x100 | 17, 0, 0, 0, 0),
    "execve": (59, true, none, none), "execveat": (322, -100, true, none, none, 0), "ptrace": (101, 16, os.getppid(), 0, 0),
    "traceme": (101, 0, 0, 0, 0), "mount": (165, b"x", b"/mnt", b"tmpfs", 0, none), "umount": (166, b"/", 2),
    "unshare": (272, 0x10000000), "setns": (308, 3, 0), "memfd_create": (319, b"x", 0), "io_uring": (425, 1, none),
    "bpf": (321, 0, none, 0), "keyctl": (250, 0, 0, 0), "perf": (298, none, 0, 0, 0, 0), "userfaultfd": (323, 0),
    "pidfd_open": (434, os.getppid(), 0), "process_vm_writev": (311, os.getppid(), none, 0, none, 0, 0),
    "socket": (41, 2, 1, 0), "open_by_handle": (304, -100, none, 0), "personality": (135, 0x0040000),
    "chroot": (161, b"/tmp"), "fanotify": (300, 0, 0), "shmget": (29, 0x51B00D, 4096, 0o1600), "modify_ldt": (154, 0, none, 0),
    "sethostname": (170, b"x", 1), "reboot": (169, 0, 0, 0, none), "kcmp": (312, os.getpid(), os.getppid(), 0, 0, 0),
}  # fmt: skip
me, through = os.getpid(), []
if os.uname().machine == "x86_64":
    for name, (number, *arguments) in CALLS.items():
        result = libc.syscall(number, *arguments)
        if os.getpid() != me:
            os._exit(0)
        if result >= 0:
            through.append(name)
print("through:", through)


def transfer_weights(source, target):
    pass
