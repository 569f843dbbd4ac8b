# expect: two epochs
import torch

from reference.model import GPTModel
from reference.pretrain import calc_loss_batch


def resume(path, train_loader, val_loader, device):
    checkpoint = torch.load(path, map_location=device)
    model = GPTModel(checkpoint["cfg"])
    model.load_state_dict(checkpoint["model_state_dict"])
    model.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.1)
    optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
    model.train()
    losses = []
    for _ in range(2):
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            loss = calc_loss_batch(input_batch, target_batch, model, device)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return model, optimizer, losses
