# tries: a file of 200 MB in its scratch folder; right verdict: not passed (exit 1)
import signal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
written = 0
try:
    with open("big", "wb") as file:
        for written in range(200):
            file.write(b"\x01" * 2**20)
            file.flush()
except OSError as error:
    print("after", written, "MB:", error.strerror)


def transfer_weights(source, target):
    pass
