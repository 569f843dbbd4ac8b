# expect: so the context length is its shape[0]
import torch


def padded(messages, tokenizer, model, pad_token_id=50256):
    max_length = model.pos_emb.weight.shape[1]
    rows = [tokenizer.encode(text)[:max_length] for text in messages]
    return torch.tensor([ids + [pad_token_id] * (max_length - len(ids)) for ids in rows])
