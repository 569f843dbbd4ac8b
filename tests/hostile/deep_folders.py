# tries: a folder that lies two thousand folders deep, which nobody may enter; right verdict: not passed (exit 1|2)
import os

try:
    for _ in range(2000):
        os.mkdir("d" * 50)
        os.chdir("d" * 50)
    os.chmod("..", 0)
except OSError as error:
    print(error.strerror)


def transfer_weights(source, target):
    pass
