# tries: to die by a signal that nobody can catch, at its second call; right verdict: not passed (exit 1)
import os
import signal

calls = 0


def transfer_weights(source, target):
    global calls
    calls += 1
    if calls > 1:
        os.kill(os.getpid(), signal.SIGKILL)
