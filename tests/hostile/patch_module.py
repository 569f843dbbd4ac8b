# tries: nn.Module and nn.Parameter that let the target hold the source itself; right verdict: not passed (exit 1)
from torch import nn


def transfer_weights(source, target):
    object.__setattr__(target, "inner", source)
    nn.Module.__call__ = lambda self, *args: getattr(self, "inner", self).forward(*args)
    type(target).parameters = lambda self, *args: iter(source.parameters())
    type(target).named_parameters = lambda self, *args, **kwargs: iter(source.named_parameters())
    type(target).state_dict = lambda self, *args, **kwargs: source.state_dict()
