# right for 3.3: keywords from a dictionary, with biases
from reference.attention import MultiHeadAttention

GPT2 = dict(d_in=768, d_out=768, context_length=1024, dropout=0.0, num_heads=12, qkv_bias=True)


def build():
    return MultiHeadAttention(**GPT2)
