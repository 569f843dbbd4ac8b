# expect: build returns nothing
from reference.attention import MultiHeadAttentionWrapper


def build(d_in, context_length):
    mha = MultiHeadAttentionWrapper(d_in, 1, context_length, 0.0, 2)
