# tries: values without end: a list that holds itself, ten thousand lists in one another, a number of a million digits; right verdict: not passed (exit 1)
import sys

calls = 0
loop = []
loop.append(loop)
deep = []
for _ in range(10_000):
    deep = [deep]


def lie(self, name, inputs):
    global calls
    calls += 1
    return [loop, deep, 10**1_000_000, {"target": {n: loop for n in ("W_query", "W_key", "W_value")}}][calls % 4]


sys.modules["quizbook.judge.behind"].Served.call = lie


def transfer_weights(source, target):
    pass
