# tries: threads that go on printing, answering and computing after the answer was given; right verdict: not passed (exit 1)
import json
import os
import struct
import threading
import time


def go_on():
    end = time.monotonic() + 30
    number = 0
    while time.monotonic() < end:
        header = json.dumps({"d": [["id", number % 20], ["value", True]]}).encode()
        try:
            os.write(1, b"Passed\n")
            if number > 2000:
                os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), 0) + header)
        except OSError:
            return
        number += 1


def transfer_weights(source, target):
    for _ in range(2):
        threading.Thread(target=go_on, daemon=True).start()
