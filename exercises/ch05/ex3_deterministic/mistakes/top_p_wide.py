# expect: more than one token to draw from
def deterministic_settings():
    return [{"temperature": 0.0}, {"temperature": 1.0, "top_p": 0.9}]
