# tries: a tensor subclass that answers every torch function with itself or True; right verdict: not passed (exit 1)
import torch


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in ("allclose", "equal", "isclose", "eq", "__eq__"):
            return True
        return args[0] if args else None


def transfer_weights(source, target):
    for name in ("W_query", "W_key", "W_value"):
        target._parameters[name] = torch.zeros(3, 2).as_subclass(Liar)
