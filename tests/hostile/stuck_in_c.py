# tries: to sleep in C without letting any other thread of its process run; right verdict: not passed (exit 1)
import ctypes


def transfer_weights(source, target):
    ctypes.PyDLL(None).sleep(600)
