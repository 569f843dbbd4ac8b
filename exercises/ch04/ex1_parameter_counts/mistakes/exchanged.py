# expect: exchanged: the feed forward comes first
from reference.model import TransformerBlock


def count_parameters(cfg):
    block = TransformerBlock(cfg)
    count = lambda part: sum(p.numel() for p in part.parameters())
    return count(block.att), count(block.ff)
