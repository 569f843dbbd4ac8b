# tries: an error whose type, message, file and line are tensors and numbers without end; right verdict: not passed (exit 1)
import json
import os
import struct
import sys
import time

TENSOR = {"t": ["int64", [2]]}


def transfer_weights(source, target):
    frame = sys._getframe()
    while "number" not in frame.f_locals:
        frame = frame.f_back
    number = frame.f_locals["number"]
    reply = [["id", number], ["raised", {"d": [["type", TENSOR], ["message", TENSOR], ["file", 7], ["line", -(10**300)], ["text", {"l": [TENSOR]}]]}]]
    header, payload = json.dumps({"d": reply}).encode(), struct.pack("<qq", 3, 3) * 5
    os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), len(payload)) + header + payload)
    time.sleep(600)
