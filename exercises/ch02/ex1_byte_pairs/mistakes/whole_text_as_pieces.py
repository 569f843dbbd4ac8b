# expect: one text for each id
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text):
    return tokenizer.encode(text)


def pieces(ids):
    return tokenizer.decode(ids)


def rebuild(ids):
    return tokenizer.decode(ids)
