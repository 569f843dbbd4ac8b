# tries: numbers that take years to compute and to write down; right verdict: not passed (exit 1)
import sys


def transfer_weights(source, target):
    sys.set_int_max_str_digits(0)
    return str(7 ** (10**8))
