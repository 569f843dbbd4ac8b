# expect: d_out is d_in here
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build(d_in, context_length):
    return MultiHeadAttentionWrapper(d_in, d_in, context_length, 0.0, 2)
