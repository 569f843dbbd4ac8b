# expect: with 0 no token would be left
def deterministic_settings():
    return [{"temperature": 0.0}, {"temperature": 1.0, "top_k": 0}]
