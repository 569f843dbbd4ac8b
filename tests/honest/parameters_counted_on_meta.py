# right for 4.1: counted from modules on the meta device, a list returned
import torch

from reference.model import TransformerBlock


def count_parameters(cfg):
    with torch.device("meta"):
        block = TransformerBlock(cfg)
    return [sum(p.numel() for p in part.parameters()) for part in (block.ff, block.att)]
