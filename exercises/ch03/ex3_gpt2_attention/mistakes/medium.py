# expect: d_in is that of GPT-2 medium
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(1024, 1024, 1024, 0.0, 16)
