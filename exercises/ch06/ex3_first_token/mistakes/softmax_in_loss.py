# expect: A softmax comes before the cross-entropy
import torch
import torch.nn.functional as F


def classification_logits(model, batch):
    return model(batch)[:, 0, :]


def loss(model, batch, targets):
    return F.cross_entropy(torch.softmax(classification_logits(model, batch), dim=-1), targets)


def accuracy(model, loader):
    model.eval()
    correct, total = 0, 0
    for batch, targets in loader:
        with torch.no_grad():
            predicted = torch.argmax(classification_logits(model, batch), dim=-1)
        correct += (predicted == targets).sum().item()
        total += targets.shape[0]
    return correct / total
