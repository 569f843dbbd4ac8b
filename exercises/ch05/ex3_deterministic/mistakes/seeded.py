# expect: A seed repeats the dice
def deterministic_settings():
    return [{"temperature": 0.0}, {"temperature": 1.0, "seed": 123}]
