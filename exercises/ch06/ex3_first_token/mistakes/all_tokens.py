# expect: The loss of all tokens is taken
import torch
import torch.nn.functional as F


def classification_logits(model, batch):
    return model(batch)[:, 0, :]


def loss(model, batch, targets):
    logits = model(batch)
    return F.cross_entropy(logits.flatten(0, 1), targets.repeat_interleave(batch.shape[1]))


def accuracy(model, loader):
    model.eval()
    correct, total = 0, 0
    for batch, targets in loader:
        with torch.no_grad():
            predicted = torch.argmax(classification_logits(model, batch), dim=-1)
        correct += (predicted == targets).sum().item()
        total += targets.shape[0]
    return correct / total
