# expect: Nothing moves: every parameter is frozen
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    for param in model.parameters():
        param.requires_grad = False
