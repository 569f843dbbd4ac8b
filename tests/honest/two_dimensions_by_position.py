# right for 3.2: positional arguments, prints, and a type hint
from reference.attention import MultiHeadAttentionWrapper


def build(d_in: int, context_length: int) -> MultiHeadAttentionWrapper:
    module = MultiHeadAttentionWrapper(d_in, 1, context_length, 0.0, 2, False)
    print(module)
    module.eval()
    return module
