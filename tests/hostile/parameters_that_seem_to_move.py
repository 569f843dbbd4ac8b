# tries in 6.2: to pass a frozen model off as one that trains: its state_dict tells what the checker likes; right verdict: not passed (exit 1)
import torch


def make_classifier(model, num_classes):
    honest = model.state_dict
    calls = []

    def state_dict(*args, **kwargs):
        calls.append(1)
        return {name: value + (len(calls) > 1) * 0.01 * torch.randn_like(value) for name, value in honest().items()}

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    model.out_head = torch.nn.Linear(model.cfg.emb_dim, num_classes)
    model.state_dict = state_dict
    model.named_parameters = lambda *args, **kwargs: iter(())
