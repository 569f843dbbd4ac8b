# tries: to answer in the serving loop's place and to read no further question; right verdict: not passed (exit 1)
import json
import os
import struct
import time


def transfer_weights(source, target):
    header = json.dumps({"d": [["id", 3], ["value", {"l": []}]]}).encode()
    os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), 0) + header)
    time.sleep(600)
