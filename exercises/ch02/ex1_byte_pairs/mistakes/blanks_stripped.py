# expect: a blank in front belongs to its token
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text):
    return tokenizer.encode(text)


def pieces(ids):
    return [tokenizer.decode([i]).strip() for i in ids]


def rebuild(ids):
    return tokenizer.decode(ids)
