# expect: lower case
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text):
    return tokenizer.encode(text.lower())


def pieces(ids):
    return [tokenizer.decode([number]) for number in ids]


def rebuild(ids):
    return tokenizer.decode(ids)
