# tries: an answer whose number is a tensor, so that whoever compares it breaks; right verdict: not passed (exit 1)
import json
import os
import struct
import time

TENSOR = {"t": ["int64", [2]]}


def transfer_weights(source, target):
    reply = [["id", TENSOR], ["value", None]]
    header, payload = json.dumps({"d": reply}).encode(), struct.pack("<qq", 3, 3) * 5
    os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), len(payload)) + header + payload)
    time.sleep(600)
