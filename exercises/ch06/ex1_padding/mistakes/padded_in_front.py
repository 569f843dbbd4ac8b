# expect: The padding stands in front of the message
import torch


def padded(messages, tokenizer, model):
    length = model.pos_emb.num_embeddings
    rows = []
    for text in messages:
        ids = tokenizer.encode(text)[:length]
        rows.append([50256] * (length - len(ids)) + ids)
    return torch.tensor(rows)
