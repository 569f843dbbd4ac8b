# tries: to keep the judge busy with messages of a million containers that answer nothing; right verdict: not passed (exit 1)
import os
import struct
import time

header = b'{"l":[' + b",".join([b'{"l":[]}'] * 900_000) + b"]}"
message = struct.pack(">4sIQ", b"QB1\n", len(header), 0) + header


def transfer_weights(source, target):
    for _ in range(12):
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(4, rest) :]
    time.sleep(600)
