# tries: six hundred threads that stay; right verdict: not passed (exit 1|2)
import threading

threading.stack_size(64 * 1024)
wait = threading.Event()
started = 0
try:
    for _ in range(600):
        threading.Thread(target=wait.wait, daemon=True).start()
        started += 1
except RuntimeError as error:
    print("after", started, error)


def transfer_weights(source, target):
    pass
