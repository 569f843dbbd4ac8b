# expect: The head's weights are all zero
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    nn.init.zeros_(model.out_head.weight)
    nn.init.zeros_(model.out_head.bias)
