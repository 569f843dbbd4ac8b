# right for 6.2: the model returned as well, each parameter thawed in a loop
import torch


def make_classifier(model, num_classes):
    torch.manual_seed(123)
    model.out_head = torch.nn.Linear(in_features=model.tok_emb.weight.shape[1], out_features=num_classes, bias=True)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = True
    print(sum(p.numel() for p in model.parameters() if p.requires_grad))
    return model
