# expect: The new layer stands behind the old head
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Sequential(model.out_head, nn.Linear(model.cfg["vocab_size"], num_classes))
