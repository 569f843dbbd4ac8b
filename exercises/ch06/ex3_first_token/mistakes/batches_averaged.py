# expect: The accuracies of the batches are averaged
import torch
import torch.nn.functional as F


def classification_logits(model, batch):
    return model(batch)[:, 0, :]


def loss(model, batch, targets):
    return F.cross_entropy(classification_logits(model, batch), targets)


def accuracy(model, loader):
    model.eval()
    shares = []
    with torch.no_grad():
        for batch, targets in loader:
            predicted = classification_logits(model, batch).argmax(dim=1)
            shares.append((predicted == targets).float().mean().item())
    return sum(shares) / len(shares)
