"""Calls both functions behind the wall and hands back what they return; of what is no text, its type."""


def prompts(submission, *, entries):
    return [plain(submission.format_input(dict(entry))) for entry in entries]


def responses(submission, *, cases):
    return [plain(submission.extract_response(generated, prompt)) for generated, prompt in cases]


def plain(value):
    return value if isinstance(value, str) else {"type": type(value).__name__}
