# expect: layer norm is counted
from reference.model import TransformerBlock


def count_parameters(cfg):
    block = TransformerBlock(cfg)
    size = lambda *parts: sum(p.numel() for part in parts for p in part.parameters())
    return size(block.ff, block.norm2), size(block.att, block.norm1)
