# tries: to write bytes that are no message, a message without end, and one that claims to be larger than the world; right verdict: not passed (exit 1)
import os
import struct

calls = 0


def transfer_weights(source, target):
    global calls
    calls += 1
    os.write(4, os.urandom(64) if calls % 2 else struct.pack(">4sIQ", b"QB1\n", 2**32 - 1, 2**63))
    os.write(4, b"QB1\n\x00\x00")
