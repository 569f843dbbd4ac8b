# expect: compares with the inputs
import torch

from reference.data import create_dataloader_v1


def calc_loss_batch(input_batch, target_batch, model):
    logits = model(input_batch)
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), target_batch.flatten())


def calc_loss_loader(data_loader, model):
    total_loss = 0.0
    for input_batch, _ in data_loader:
        total_loss += calc_loss_batch(input_batch, input_batch, model).item()
    return total_loss / len(data_loader)


def losses(model, text, train_ratio, batch_size, max_length, stride):
    split_idx = int(train_ratio * len(text))
    train_loader = create_dataloader_v1(
        text[:split_idx], batch_size=batch_size, max_length=max_length, stride=stride, shuffle=False, drop_last=True
    )
    val_loader = create_dataloader_v1(
        text[split_idx:], batch_size=batch_size, max_length=max_length, stride=stride, shuffle=False, drop_last=False
    )
    model.eval()
    with torch.no_grad():
        return calc_loss_loader(train_loader, model), calc_loss_loader(val_loader, model)
