# expect: The two pairs are exchanged
SETTINGS = {
    "report": {"temperature": 1.3, "top_k": 30},
    "code": {"temperature": 1.5, "top_k": 40},
    "fiction": {"temperature": 0.5, "top_k": 5},
    "brainstorm": {"temperature": 0.2, "top_k": 3},
}


def settings_for(purpose):
    return SETTINGS[purpose]
