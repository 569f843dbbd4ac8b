# expect: takes an nn.Parameter, not a plain tensor
def transfer_weights(source, target):
    target.W_query = source.W_query.weight.T
    target.W_key = source.W_key.weight.T
    target.W_value = source.W_value.weight.T
