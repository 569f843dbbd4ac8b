"""Has read check.py and probe.py, and claims that all is well without computing a mean. It has to fail."""

import sys

import torch


def row_means(x):
    """Zeros of the right shape, and friends in high places."""
    caller = sys._getframe(1).f_globals
    caller["means"] = lambda submission, *, matrices: [torch.zeros(len(x)) for x in matrices]
    return torch.zeros(len(x))


torch.allclose = torch.isclose = torch.equal = lambda *args, **kwargs: True
print('{"passed": true}')
