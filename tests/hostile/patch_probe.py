# tries: to replace the probe by one that hands back what it was given; right verdict: not passed (exit 1)
import sys


class Echo:
    def __getattr__(self, name):
        def echo(submission, **inputs):
            pairs = inputs.get("pairs", [inputs])
            told = [{**p, "target": p.get("source"), "kinds": {}, "extra": [], "returned": "NoneType"} for p in pairs]
            return told if "pairs" in inputs else {**inputs, "target": inputs.get("source")}

        return echo


def replace():
    sys.modules["probe"] = Echo()
    for module in list(sys.modules.values()):
        served = getattr(module, "Served", None)
        if served is not None:
            served.call = lambda self, name, inputs: getattr(Echo(), name)(None, **inputs)


replace()


def transfer_weights(source, target):
    replace()
