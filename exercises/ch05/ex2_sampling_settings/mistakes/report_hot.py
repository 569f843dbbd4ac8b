# expect: flattens the distribution
SETTINGS = {
    "report": {"temperature": 1.4, "top_k": None},
    "code": {"temperature": 0.2, "top_k": 3},
    "fiction": {"temperature": 1.2, "top_k": 30},
    "brainstorm": {"temperature": 1.5, "top_k": 40},
}


def settings_for(purpose):
    return SETTINGS[purpose]
