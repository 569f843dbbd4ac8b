# expect: The gradient ends at the head
import torch
import torch.nn.functional as F


def classification_logits(model, batch):
    return model(batch)[:, 0, :]


def loss(model, batch, targets):
    head, model.out_head = model.out_head, torch.nn.Identity()
    with torch.no_grad():
        hidden = model(batch)[:, 0, :]
    model.out_head = head
    return F.cross_entropy(head(hidden), targets)


def accuracy(model, loader):
    model.eval()
    correct, total = 0, 0
    for batch, targets in loader:
        with torch.no_grad():
            predicted = torch.argmax(classification_logits(model, batch), dim=-1)
        correct += (predicted == targets).sum().item()
        total += targets.shape[0]
    return correct / total
