"""Exercise 5.4: load model and optimizer from a checkpoint and train one more epoch."""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader

from reference.model import GPTModel
from reference.pretrain import calc_loss_batch


def resume(
    path: str, train_loader: DataLoader, val_loader: DataLoader, device: str
) -> tuple[GPTModel, torch.optim.Optimizer, list[float]]:
    """One more epoch after loading; returns model, optimizer and the training loss of each batch.

    path: the file, with the keys cfg, model_state_dict and optimizer_state_dict. The loaders give (inputs, targets),
    both (batch, tokens). device: where to train.
    """
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    cfg = {"vocab_size": 50, "context_length": 8, "emb_dim": 16, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    model = GPTModel(cfg)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.1)
    batches = [(ids[:, :-1], ids[:, 1:]) for ids in torch.randint(50, (6, 4, 9))]
    for inputs, targets in batches[:3]:
        optimizer.zero_grad()
        calc_loss_batch(inputs, targets, model, "cpu").backward()
        optimizer.step()
    state = {
        "cfg": cfg,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
    }
    torch.save(state, "model_and_optimizer.pth")
    print(resume("model_and_optimizer.pth", batches[3:5], batches[5:], "cpu")[2])
