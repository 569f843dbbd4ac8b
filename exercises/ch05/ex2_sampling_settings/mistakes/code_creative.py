# expect: code belongs to report
SETTINGS = {
    "report": {"temperature": 0.3, "top_k": 4},
    "code": {"temperature": 1.2, "top_k": 30},
    "fiction": {"temperature": 1.2, "top_k": 30},
    "brainstorm": {"temperature": 1.5, "top_k": 40},
}


def settings_for(purpose):
    return SETTINGS[purpose]
