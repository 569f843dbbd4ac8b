# expect: load_state_dict(strict=False) with other names
def transfer_weights(source, target):
    target.load_state_dict(source.state_dict(), strict=False)
