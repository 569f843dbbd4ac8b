"""Calls the three functions behind the wall and hands back what they return, arrays as lists."""


def ids_of(submission, *, texts):
    return [plain(submission.token_ids(text)) for text in texts]


def pieces_of(submission, *, rows):
    return [plain(submission.pieces(list(row))) for row in rows]


def rebuilt(submission, *, rows):
    return [plain(submission.rebuild(list(row))) for row in rows]


def plain(value):
    return value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value
