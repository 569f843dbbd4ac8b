# expect: The two state dicts do not match
def transfer_weights(source, target):
    target.load_state_dict(source.state_dict())
