# right for 3.3: built once, given out again at each call
import functools

from reference.attention import MultiHeadAttention


@functools.cache
def build():
    return MultiHeadAttention(768, 768, 1024, dropout=0, num_heads=768 // 64).train()
