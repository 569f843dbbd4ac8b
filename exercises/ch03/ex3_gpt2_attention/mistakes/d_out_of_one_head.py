# expect: the share of one head
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(768, 64, 1024, 0.0, 8)
