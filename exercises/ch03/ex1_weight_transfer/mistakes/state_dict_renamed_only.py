# expect: transpose them before loading
def transfer_weights(source, target):
    target.load_state_dict({name.replace(".weight", ""): weight for name, weight in source.state_dict().items()})
