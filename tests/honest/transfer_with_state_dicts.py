# right for 3.1: load_state_dict, with prints and type hints
from typing import Any

from torch import nn


def transfer_weights(source: nn.Module, target: nn.Module, verbose: bool = True) -> None:
    state: dict[str, Any] = {}
    for key, value in source.state_dict().items():
        if verbose:
            print("moving", key, tuple(value.shape))
        state[key.replace(".weight", "")] = value.t().clone()
    target.load_state_dict(state)
