# right for 5.3: settings spelled out with None, three of them
def deterministic_settings() -> list[dict]:
    greedy = {"temperature": 0, "top_k": None}
    one_token = dict(temperature=1.7, top_k=1)
    return [greedy, one_token, {"temperature": 0.0, "top_k": 50}]
