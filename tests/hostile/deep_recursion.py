# tries: recursion without end; right verdict: not passed (exit 1)
def transfer_weights(source, target):
    return transfer_weights(target, source)
