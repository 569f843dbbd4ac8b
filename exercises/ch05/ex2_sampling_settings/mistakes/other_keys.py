# expect: the key is called temperature
SETTINGS = {
    "report": {"temp": 0.5, "top_k": 5},
    "code": {"temp": 0.2, "top_k": 3},
    "fiction": {"temp": 1.2, "top_k": 30},
    "brainstorm": {"temp": 1.5, "top_k": 40},
}


def settings_for(purpose):
    return SETTINGS[purpose]
