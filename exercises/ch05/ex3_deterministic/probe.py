"""Hands back the settings as they are, as far as they are lists, dictionaries, numbers and texts."""


def settings(submission):
    given = submission.deterministic_settings()
    return list(given) if isinstance(given, tuple) else given
