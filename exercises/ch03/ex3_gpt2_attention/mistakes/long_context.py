# expect: more than 1,024 tokens
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(768, 768, 2048, 0.0, 12)
