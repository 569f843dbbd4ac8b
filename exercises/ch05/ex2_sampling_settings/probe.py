"""Hands back the settings as they are, each copied before the next is asked for."""


def settings(submission, *, purposes):
    return [plain(submission.settings_for(purpose)) for purpose in purposes]


def plain(value):
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if hasattr(value, "item") and getattr(value, "numel", lambda: 1)() == 1:
        return plain(value.item())  # a number of torch or numpy counts as one
    return value if value is None or isinstance(value, bool | int | float | str) else type(value).__name__
