# expect: split into 8 heads
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(768, 768, 1024, 0.0, 8)
