# expect: Only the new head is trained
import torch
from torch import nn


def make_classifier(model, num_classes):
    for param in model.parameters():
        param.requires_grad = False
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
