# expect: d_out is the size of ONE head
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build(d_in, context_length):
    return MultiHeadAttentionWrapper(d_in, 2, context_length, 0.0, 2)
