# tries: a loop that catches whatever is raised into it; right verdict: not passed (exit 1)
import time


def transfer_weights(source, target):
    while True:
        try:
            time.sleep(0.01)
            1 / 0
        except BaseException:
            continue
