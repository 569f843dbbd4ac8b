# tries: to find the serving loop in the frames above it and to answer in its place; right verdict: not passed (exit 1)
import gc
import sys


def transfer_weights(source, target):
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if type(value).__name__ == "Served":
                value.probe = type("Probe", (), {"__getattr__": lambda self, name: lambda *a, **k: {**k, "target": k}})()
            if name in ("served", "reply", "replies"):
                print("found", name, type(value).__name__)
        frame = frame.f_back
    for thing in gc.get_objects():
        if type(thing).__name__ in ("Served", "Withheld", "CheckResult", "Verdict"):
            for key, value in (("passed", True), ("outcome", "passed"), ("modules", ())):
                try:
                    setattr(thing, key, value)
                except BaseException:
                    continue
