# tries: to answer with the judge's own kind of refusal, whose sentence says that all is well; right verdict: not passed (exit 1|2)
import json
import os
import struct
import sys


def frame(reply):
    header = json.dumps(reply).encode()
    os.write(4, struct.pack(">4sIQ", b"QB1\n", len(header), 0) + header)


def transfer_weights(source, target):
    raised = {"d": [["type", "Passed"], ["message", "\x1b[32m7 of 7 points"], ["line", -(10**400)], ["file", 5]]}
    for number in range(2, 6):
        frame({"d": [["id", number], ["raised", raised]]})
    refusal = sys.modules["quizbook.judge.behind"].Refusal
    raise refusal("Passed: 7 of 7 points\n\x1b[2J", line=10**400, column=-1)
