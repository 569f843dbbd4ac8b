"""Model, weights, optimizer, its state, and then an epoch as any other."""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader

from reference.model import GPTModel
from reference.pretrain import calc_loss_batch


def resume(
    path: str, train_loader: DataLoader, val_loader: DataLoader, device: str
) -> tuple[GPTModel, torch.optim.Optimizer, list[float]]:
    """The optimizer comes after the model has its place: its state follows the parameters to their device."""
    checkpoint = torch.load(path, map_location=device, weights_only=True)
    model = GPTModel(checkpoint["cfg"])
    model.load_state_dict(checkpoint["model_state_dict"])
    model.to(device)
    optimizer = torch.optim.AdamW(model.parameters())
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])

    losses = []
    model.train()
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        loss = calc_loss_batch(inputs, targets, model, device)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, optimizer, losses
