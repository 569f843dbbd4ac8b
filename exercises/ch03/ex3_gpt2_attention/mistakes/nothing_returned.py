# expect: build returns nothing
from reference.attention import MultiHeadAttention


def build():
    MultiHeadAttention(768, 768, 1024, 0.0, 12)
