"""Another layer in the place of the head; what was never frozen needs no thawing."""

from __future__ import annotations

from torch import nn

from reference.model import GPTModel


def make_classifier(model: GPTModel, num_classes: int) -> None:
    """The new head has a bias and its own random weights; a part that came frozen is trained as well."""
    model.out_head = nn.Linear(model.cfg["emb_dim"], num_classes)
    model.requires_grad_(True)
