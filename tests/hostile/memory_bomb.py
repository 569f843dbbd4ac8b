# tries: to take three gigabytes of memory; right verdict: not passed (exit 1)
held = []


def transfer_weights(source, target):
    for _ in range(48):
        held.append(bytearray(b"\x01") * (64 * 2**20))
