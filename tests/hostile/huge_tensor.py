# tries: to hand over hundreds of megabytes where six numbers are asked for; right verdict: not passed (exit 1)
import sys

import torch


def lie(self, name, inputs):
    pairs = len(inputs.get("pairs", [1]))
    big = torch.zeros(60 * 2**20)
    told = {"target": {n: big for n in ("W_query",)}, "source": {}, "kinds": {}, "extra": [], "returned": ""}
    return [told] + [{}] * (pairs - 1) if "pairs" in inputs else told


sys.modules["quizbook.judge.behind"].Served.call = lie


def transfer_weights(source, target):
    pass
