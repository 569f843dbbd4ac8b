# tries: to read from and write to every descriptor that it inherited; right verdict: not passed (exit 1|2)
import fcntl
import os

held = []
for descriptor in range(1024):
    try:
        flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    except OSError:
        continue
    held.append(descriptor)
    if descriptor not in (0, 1, 2, 3, 4):
        try:
            os.write(descriptor, b'{"ended": 0}')
            print("wrote to", descriptor, flags)
        except OSError as error:
            print(descriptor, error.strerror)
print("held", held)


def transfer_weights(source, target):
    if held != [0, 1, 2, 3, 4]:
        print("more descriptors than its own:", held)
    fcntl.fcntl(3, fcntl.F_SETFL, fcntl.fcntl(3, fcntl.F_GETFL) | os.O_NONBLOCK)
    os.read(3, 65536)
