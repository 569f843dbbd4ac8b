# expect: Dropout is on
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build(d_in, context_length):
    return MultiHeadAttentionWrapper(d_in, 1, context_length, 0.5, 2)
