# expect: was put under another name, model.classifier
import torch
from torch import nn


def make_classifier(model, num_classes):
    model.classifier = nn.Linear(model.cfg["emb_dim"], num_classes)
