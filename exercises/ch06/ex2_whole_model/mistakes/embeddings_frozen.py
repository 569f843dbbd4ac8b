# expect: The embeddings are frozen
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    model.tok_emb.weight.requires_grad = False
    model.pos_emb.weight.requires_grad = False
