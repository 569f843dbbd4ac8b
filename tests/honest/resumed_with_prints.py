# right for 5.4: another learning rate at first, a look at the validation loss, zero_grad at the end
import torch
import torch.nn.functional as F

from reference.model import GPTModel


def resume(path, train_loader, val_loader, device):
    saved = torch.load(path, map_location=device)
    model = GPTModel(saved["cfg"]).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.1)
    model.load_state_dict(saved["model_state_dict"])
    optimizer.load_state_dict(saved["optimizer_state_dict"])
    history = []
    for step, (x, y) in enumerate(train_loader):
        model.train()
        logits = model(x.to(device))
        loss = F.cross_entropy(logits.transpose(1, 2), y.to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        history += [float(loss)]
        print(f"step {step}: {loss:.3f}")
    model.eval()
    with torch.no_grad():
        for x, y in val_loader:
            print("validation", F.cross_entropy(model(x).flatten(0, 1), y.flatten()).item())
    return model, optimizer, history
