# expect: returns nothing
def deterministic_settings():
    print([{"temperature": 0.0}, {"temperature": 1.0, "top_k": 1}])
