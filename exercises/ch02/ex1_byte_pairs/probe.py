"""Calls the three functions behind the wall and hands back what they return, arrays as lists."""


def ids_of(submission, *, texts):
    return [plain(submission.token_ids(text)) for text in texts]


def pieces_of(submission, *, rows):
    return [plain(submission.pieces(list(row))) for row in rows]


def rebuilt(submission, *, rows):
    return [plain(submission.rebuild(list(row))) for row in rows]


def plain(value):
    """Lists, numbers and texts as they are; of what cannot cross the wall its type, as the key of a dictionary."""
    value = value.tolist() if hasattr(value, "tolist") else list(value) if isinstance(value, tuple) else value
    if isinstance(value, bytes) or (isinstance(value, list) and any(isinstance(part, bytes) for part in value)):
        return {"is": "bytes"}
    return {"is": type(value).__name__} if isinstance(value, dict | set | frozenset) else value
