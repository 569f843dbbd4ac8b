# tries: to read the memory at address zero; right verdict: not passed (exit 1)
import ctypes


def transfer_weights(source, target):
    ctypes.string_at(0)
