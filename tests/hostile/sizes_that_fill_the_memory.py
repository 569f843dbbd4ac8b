# tries in 4.2: to use up the memory of the machine by really building the largest model, many times; right verdict: not passed (exit 1|2)
import torch

kept = []


def config(name):
    return {"emb_dim": 1600}


def total_parameters(name):
    for _ in range(8):
        kept.append(torch.ones(1_637_792_000))
    return sum(map(len, kept))


trainable_when_tied = size_mb = total_parameters
