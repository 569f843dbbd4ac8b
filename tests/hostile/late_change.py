# tries: to change the matrices in a thread after the call, when nobody looks any more; right verdict: not passed (exit 1)
import threading
import time

import torch


def transfer_weights(source, target):
    def change():
        time.sleep(0.001)
        with torch.no_grad():
            target.W_query.copy_(source.W_query.weight.T * 1.01)

    threading.Thread(target=change, daemon=True).start()
