# expect: One dictionary came
def deterministic_settings():
    return {"temperature": 0.0, "top_k": 1}
