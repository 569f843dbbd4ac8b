# right for 2.1: decode_batch and encode_batch
import tiktoken

bpe = tiktoken.get_encoding("gpt2")


def token_ids(text):
    print("encoding", text)
    return bpe.encode_batch([text], num_threads=1)[0]


def pieces(ids):
    return bpe.decode_batch([[i] for i in ids], num_threads=1) if ids else []


def rebuild(ids):
    return bpe.decode(list(ids))
