# expect: is no dictionary
def deterministic_settings():
    return ["temperature=0", "top_k=1"]
