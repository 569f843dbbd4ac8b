# expect: come too near to each other
SETTINGS = {
    "report": {"temperature": 0.9, "top_k": 9},
    "code": {"temperature": 0.9, "top_k": 9},
    "fiction": {"temperature": 1.1, "top_k": 11},
    "brainstorm": {"temperature": 1.2, "top_k": 12},
}


def settings_for(purpose):
    return SETTINGS[purpose]
