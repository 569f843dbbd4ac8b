# right for 3.1: the attribute data, as older code has it
def transfer_weights(source, target):
    target.W_query.data = source.W_query.weight.data.T.clone()
    target.W_key.data = source.W_key.weight.data.T.clone()
    target.W_value.data = source.W_value.weight.data.T.clone()
    return target
