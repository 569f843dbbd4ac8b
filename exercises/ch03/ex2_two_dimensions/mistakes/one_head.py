# expect: two heads of one number each are asked for
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build(d_in, context_length):
    return MultiHeadAttentionWrapper(d_in, 2, context_length, 0.0, 1)
