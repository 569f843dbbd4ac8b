# expect: by the temperature: that is one means
def deterministic_settings():
    return [{"temperature": 0.0}, {"temperature": 0.0, "top_k": 1}]
