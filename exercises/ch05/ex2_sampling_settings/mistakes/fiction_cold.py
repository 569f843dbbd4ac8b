# expect: sharpens the distribution
SETTINGS = {
    "report": {"temperature": 0.9, "top_k": 8},
    "code": {"temperature": 0.2, "top_k": 3},
    "fiction": {"temperature": 0.3, "top_k": 100},
    "brainstorm": {"temperature": 1.5, "top_k": 100},
}


def settings_for(purpose):
    return SETTINGS[purpose]
