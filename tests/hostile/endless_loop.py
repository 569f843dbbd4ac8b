# tries: to compute for ever; right verdict: not passed (exit 1)
def transfer_weights(source, target):
    while True:
        pass
