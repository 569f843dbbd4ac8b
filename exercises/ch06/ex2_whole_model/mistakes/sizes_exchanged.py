# expect: The sizes are exchanged
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(num_classes, model.cfg["emb_dim"])
