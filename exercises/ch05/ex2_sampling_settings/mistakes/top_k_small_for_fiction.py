# expect: no temperature adds one
SETTINGS = {
    "report": {"temperature": 0.7, "top_k": 5},
    "code": {"temperature": 0.6, "top_k": 5},
    "fiction": {"temperature": 1.5, "top_k": 5},
    "brainstorm": {"temperature": 1.8, "top_k": 6},
}


def settings_for(purpose):
    return SETTINGS[purpose]
