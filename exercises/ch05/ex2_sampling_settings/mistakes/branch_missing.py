# expect: returns nothing: is there a branch
SETTINGS = {
    "report": {"temperature": 0.5, "top_k": 5},
    "code": {"temperature": 0.2, "top_k": 3},
    "fiction": {"temperature": 1.2, "top_k": 30},
    "brainstorm": {"temperature": 1.5, "top_k": 40},
}


def settings_for(purpose):
    if purpose in ("report", "code", "fiction"):
        return SETTINGS[purpose]
