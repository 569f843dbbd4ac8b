# expect: but the caller keeps the model that it gave
import copy

from torch import nn


def make_classifier(model, num_classes):
    model = copy.deepcopy(model)
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    return model
