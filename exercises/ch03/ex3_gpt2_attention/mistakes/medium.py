# expect: is not the size of GPT-2 small
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(1024, 1024, 1024, 0.0, 16)
