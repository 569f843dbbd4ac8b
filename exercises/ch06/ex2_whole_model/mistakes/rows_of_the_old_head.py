# expect: The head holds rows of the old one
import torch
from torch import nn


def make_classifier(model, num_classes):
    old = model.out_head.weight
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    with torch.no_grad():
        model.out_head.weight.copy_(old[:num_classes])
