# expect: 64 is the size of one head
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(768, 768, 1024, 0.0, 64)
