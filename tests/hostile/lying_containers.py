# tries: dicts, texts and numbers of classes of its own that change what they say; right verdict: not passed (exit 1)
import sys


class Dict(dict):
    def items(self):
        return iter([("target", True), (7, 8)])

    def __getitem__(self, key):
        return True


class Text(str):
    def __str__(self):
        return "W_query"

    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Number(float):
    def __float__(self):
        return 0.0

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


def lie(self, name, inputs):
    return Dict({Text("target"): Number(1.0), Text("source"): [Number(2.0), Text("x")]})


sys.modules["quizbook.judge.behind"].Served.call = lie


def transfer_weights(source, target):
    pass
