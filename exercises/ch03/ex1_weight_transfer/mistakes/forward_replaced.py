# expect: target.forward was replaced
def transfer_weights(source, target):
    target.forward = source.forward
