# tries: NaN and infinities in every place; right verdict: not passed (exit 1)
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        target.W_query.fill_(float("nan"))
        target.W_key.fill_(float("inf"))
        target.W_value.fill_(-float("inf"))
