# expect: The context length stands in the place of d_in
from reference.attention import MultiHeadAttention, MultiHeadAttentionWrapper


def build():
    return MultiHeadAttention(1024, 768, 768, 0.0, 12)
