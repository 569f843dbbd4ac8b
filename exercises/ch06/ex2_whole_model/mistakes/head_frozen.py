# expect: The new head is frozen, all else is trained
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    model.out_head.requires_grad_(False)
