# expect: it is a plain tensor, which target.parameters() does not list
def transfer_weights(source, target):
    for name in ("W_query", "W_key", "W_value"):
        delattr(target, name)
        setattr(target, name, getattr(source, name).weight.T)
