# tries: messages whose number, error and line are tensors, so that whoever compares them breaks; right verdict: not passed (exit 1)
import json
import os
import struct
import sys
import time

TENSOR = {"t": ["int64", [2]]}
kind = int.from_bytes(os.urandom(1), "little")


def transfer_weights(source, target):
    frame = sys._getframe()
    while "number" not in frame.f_locals:
        frame = frame.f_back
    number = frame.f_locals["number"]
    reply = [
        [["id", TENSOR], ["value", None]],
        [["id", number], ["raised", TENSOR]],
        [["id", number], ["refused", TENSOR]],
        [["id", number], ["unsendable", TENSOR]],
        [["id", number], ["raised", {"d": [[key, TENSOR] for key in ("type", "message", "file", "line", "text")]}]],
        [["id", {"l": [number]}], ["value", None]],
        [["id", True], ["raised", {"d": []}]],
    ][kind % 7]
    header, payload = json.dumps({"d": reply}).encode(), struct.pack("<qq", 3, 3) * 5
    os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), len(payload)) + header + payload)
    time.sleep(600)
