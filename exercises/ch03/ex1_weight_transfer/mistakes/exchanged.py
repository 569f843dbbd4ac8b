# expect: the two were exchanged
import torch


def transfer_weights(source, target):
    for name in ("W_query", "W_key", "W_value"):
        new, old = getattr(source, name).weight, getattr(target, name)
        new.data, old.data = old.data.T.clone(), new.data.T.clone()
