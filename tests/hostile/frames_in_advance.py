# tries: to write the answers to the judge's next sixty questions in advance; right verdict: not passed (exit 1|2)
import json
import os
import struct

for number in range(60):
    header = json.dumps({"d": [["id", number], ["value", {"l": [{"d": []}, True]}]]}).encode()
    os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), 0) + header)


def transfer_weights(source, target):
    pass
