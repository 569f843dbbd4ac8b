# expect: size stands in the place of the context length
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(768, 768, 768, 0.0, 12)
