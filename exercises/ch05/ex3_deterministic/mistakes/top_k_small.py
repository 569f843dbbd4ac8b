# expect: leaves 2 tokens to draw from
def deterministic_settings():
    return [{"temperature": 0.0}, {"temperature": 1.0, "top_k": 2}]
