# expect: context length allows at most
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build(d_in, context_length):
    return MultiHeadAttentionWrapper(d_in, 1, 4, 0.0, 2)
