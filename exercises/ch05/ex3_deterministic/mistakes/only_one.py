# expect: at least two are asked for
def deterministic_settings():
    return [{"temperature": 0.0}]
