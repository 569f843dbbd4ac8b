# expect: that is the chapter's way
import torch
from torch import nn


def make_classifier(model, num_classes):
    for param in model.parameters():
        param.requires_grad = False
    model.out_head = nn.Linear(in_features=model.cfg["emb_dim"], out_features=num_classes)
    for param in model.trf_blocks[-1].parameters():
        param.requires_grad = True
    for param in model.final_norm.parameters():
        param.requires_grad = True
