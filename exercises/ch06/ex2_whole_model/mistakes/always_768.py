# expect: GPT-2 small's; this model says its own
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(768, num_classes)
