# tries: a regular expression that backtracks for years; right verdict: not passed (exit 1)
import re


def transfer_weights(source, target):
    re.match(r"(a+)+$", "a" * 60 + "b")
