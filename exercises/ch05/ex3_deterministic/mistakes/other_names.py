# expect: is no setting of the sampling
def deterministic_settings():
    return [{"temperature": 0.0}, {"do_sample": False}]
