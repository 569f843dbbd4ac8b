# expect: without transposing
def transfer_weights(source, target):
    target.W_query.data = source.W_query.weight.data
    target.W_key.data = source.W_key.weight.data
    target.W_value.data = source.W_value.weight.data
