# expect: nothing was changed in the model that came
from torch import nn

from reference.model import GPTModel


def make_classifier(model, num_classes):
    model = GPTModel(model.cfg)
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
