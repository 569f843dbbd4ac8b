# tries: to fill the judge's memory with messages of 700 MB; right verdict: not passed (exit 1)
import os
import struct
import time


def transfer_weights(source, target):
    zeros = bytes(2**20)
    for _ in range(2):
        os.write(4, struct.pack(">4sIQ", b"QB1\n", 2, 700 * 2**20) + b"{}")
        for _ in range(700):
            rest = memoryview(zeros)
            while rest:
                rest = rest[os.write(4, rest) :]
    time.sleep(600)
