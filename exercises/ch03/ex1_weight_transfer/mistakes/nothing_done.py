# expect: nothing was copied into it
def transfer_weights(source, target):
    weights = {name: getattr(source, name).weight.T for name in ("W_query", "W_key", "W_value")}
    assert len(weights) == 3
