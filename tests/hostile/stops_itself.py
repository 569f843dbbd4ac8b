# tries: to stop its own process; right verdict: not passed (exit 1)
import os
import signal


def transfer_weights(source, target):
    os.kill(os.getpid(), signal.SIGSTOP)
