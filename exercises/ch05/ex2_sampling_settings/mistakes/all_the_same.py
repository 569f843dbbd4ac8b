# expect: All four purposes get the same settings
SETTINGS = {
    "report": {"temperature": 1.0, "top_k": 50},
    "code": {"temperature": 1.0, "top_k": 50},
    "fiction": {"temperature": 1.0, "top_k": 50},
    "brainstorm": {"temperature": 1.0, "top_k": 50},
}


def settings_for(purpose):
    return SETTINGS[purpose]
