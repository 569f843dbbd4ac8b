# expect: takes the most probable token, whatever top_k is
SETTINGS = {
    "report": {"temperature": 0.0, "top_k": 5},
    "code": {"temperature": 0.0, "top_k": 3},
    "fiction": {"temperature": 0.0, "top_k": 40},
    "brainstorm": {"temperature": 0.0, "top_k": 100},
}


def settings_for(purpose):
    return SETTINGS[purpose]
