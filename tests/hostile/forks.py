# tries: to fork three times, by every road; right verdict: not passed (exit 1)
import os
import pty
import time


def attempt(fork):
    try:
        pid = fork()
    except OSError as error:
        print(error.strerror)
        return
    if pid in (0, (0, -1)):
        os.setsid() if fork is not pty.fork else None
        time.sleep(20)
        os._exit(0)
    print("forked", pid)


def transfer_weights(source, target):
    for fork in (os.fork, os.forkpty, pty.fork):
        attempt(fork)
