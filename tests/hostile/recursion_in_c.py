# tries: to overflow the C stack, after it raised Python's limit; right verdict: not passed (exit 1)
import sys


def transfer_weights(source, target):
    sys.setrecursionlimit(10**6)
    nested = []
    for _ in range(200_000):
        nested = [nested]
    repr(nested)
    hash(nested.__class__)
    deep = ()
    for _ in range(200_000):
        deep = (deep,)
    hash(deep)
