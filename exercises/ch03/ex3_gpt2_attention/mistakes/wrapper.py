# expect: That is the wrapper
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttentionWrapper(768, 64, 1024, 0.0, 12)
