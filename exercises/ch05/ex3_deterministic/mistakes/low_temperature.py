# expect: still drawn from it
def deterministic_settings():
    return [{"temperature": 0.1}, {"temperature": 1.0, "top_k": 1}]
