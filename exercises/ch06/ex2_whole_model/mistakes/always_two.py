# expect: The head always has 2 outputs
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(model.cfg["emb_dim"], 2)
    for param in model.parameters():
        param.requires_grad = True
