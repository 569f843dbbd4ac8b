# tries: three hundred megabytes of output; right verdict: not passed (exit 1)
import os


def transfer_weights(source, target):
    for _ in range(300):
        rest = memoryview(b"Passed: 7 of 7 points\n" * 47_662)
        while rest:
            rest = rest[os.write(1, rest) :]
