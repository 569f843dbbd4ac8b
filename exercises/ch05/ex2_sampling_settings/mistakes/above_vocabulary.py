# expect: larger than the vocabulary
SETTINGS = {
    "report": {"temperature": 0.5, "top_k": 5},
    "code": {"temperature": 0.2, "top_k": 3},
    "fiction": {"temperature": 1.2, "top_k": 1000},
    "brainstorm": {"temperature": 1.5, "top_k": 50257},
}


def settings_for(purpose):
    return SETTINGS[purpose]
