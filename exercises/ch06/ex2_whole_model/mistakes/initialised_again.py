# expect: The model has new weights
import torch
from torch import nn


def make_classifier(model, num_classes):
    def init(layer):
        if isinstance(layer, (nn.Linear, nn.Embedding)):
            nn.init.normal_(layer.weight, std=0.02)

    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    model.apply(init)
