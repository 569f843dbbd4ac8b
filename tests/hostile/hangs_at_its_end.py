# tries: a finalizer and an exit handler that never end, after answers that look normal; right verdict: not passed (exit 1)
import atexit
import time


class Stays:
    def __del__(self):
        time.sleep(600)


stays = Stays()
atexit.register(time.sleep, 600)


def transfer_weights(source, target):
    return Stays()
