# tries: to make the probe's imports fail, so that the check itself breaks; right verdict: not passed (exit 1|2)
import sys

for name in ("reference", "reference.attention", "torch.nn", "probe"):
    sys.modules[name] = None


def transfer_weights(source, target):
    pass
