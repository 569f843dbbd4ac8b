# expect: a top_k of 1 leaves one token
SETTINGS = {
    "report": {"temperature": 0.2, "top_k": 1},
    "code": {"temperature": 0.1, "top_k": 1},
    "fiction": {"temperature": 1.5, "top_k": 1},
    "brainstorm": {"temperature": 2.0, "top_k": 1},
}


def settings_for(purpose):
    return SETTINGS[purpose]
