# expect: Dropout is on
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(768, 768, 1024, 0.1, 12)
