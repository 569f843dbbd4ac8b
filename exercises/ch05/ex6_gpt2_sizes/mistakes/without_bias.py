# expect: qkv_bias
import json
from pathlib import Path

import torch

from reference.generate import generate
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer, text_to_token_ids, token_ids_to_text


def read_checkpoint(folder):
    import tensorflow as tf

    settings = json.loads((folder / "hparams.json").read_text(encoding="utf-8"))
    reader = tf.train.load_checkpoint(str(folder / "model.ckpt"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("model/")]
    return settings, {name: torch.from_numpy(reader.get_tensor(name).squeeze()) for name in names}


def assign(left, right):
    if left.shape != right.shape:
        raise ValueError(f"Shape mismatch. Left: {left.shape}, Right: {right.shape}")
    return torch.nn.Parameter(right.clone())


def load_weights(gpt, params):
    gpt.tok_emb.weight = assign(gpt.tok_emb.weight, params["model/wte"])
    gpt.pos_emb.weight = assign(gpt.pos_emb.weight, params["model/wpe"])
    for b, block in enumerate(gpt.trf_blocks):
        start = f"model/h{b}"
        q_w, k_w, v_w = params[f"{start}/attn/c_attn/w"].chunk(3, dim=-1)
        block.att.W_query.weight = assign(block.att.W_query.weight, q_w.T)
        block.att.W_key.weight = assign(block.att.W_key.weight, k_w.T)
        block.att.W_value.weight = assign(block.att.W_value.weight, v_w.T)
        q_b, k_b, v_b = params[f"{start}/attn/c_attn/b"].chunk(3, dim=-1)
        block.att.W_query.bias = assign(block.att.W_query.bias, q_b)
        block.att.W_key.bias = assign(block.att.W_key.bias, k_b)
        block.att.W_value.bias = assign(block.att.W_value.bias, v_b)
        block.att.out_proj.weight = assign(block.att.out_proj.weight, params[f"{start}/attn/c_proj/w"].T)
        block.att.out_proj.bias = assign(block.att.out_proj.bias, params[f"{start}/attn/c_proj/b"])
        block.ff.layers[0].weight = assign(block.ff.layers[0].weight, params[f"{start}/mlp/c_fc/w"].T)
        block.ff.layers[0].bias = assign(block.ff.layers[0].bias, params[f"{start}/mlp/c_fc/b"])
        block.ff.layers[2].weight = assign(block.ff.layers[2].weight, params[f"{start}/mlp/c_proj/w"].T)
        block.ff.layers[2].bias = assign(block.ff.layers[2].bias, params[f"{start}/mlp/c_proj/b"])
        block.norm1.scale = assign(block.norm1.scale, params[f"{start}/ln_1/g"])
        block.norm1.shift = assign(block.norm1.shift, params[f"{start}/ln_1/b"])
        block.norm2.scale = assign(block.norm2.scale, params[f"{start}/ln_2/g"])
        block.norm2.shift = assign(block.norm2.shift, params[f"{start}/ln_2/b"])
    gpt.final_norm.scale = assign(gpt.final_norm.scale, params["model/ln_f/g"])
    gpt.final_norm.shift = assign(gpt.final_norm.shift, params["model/ln_f/b"])
    gpt.out_head.weight = assign(gpt.out_head.weight, params["model/wte"])


def load_gpt2(size, models_dir):
    settings, params = read_checkpoint(Path(models_dir) / size)
    config = {
        "vocab_size": settings["n_vocab"],
        "context_length": settings["n_ctx"],
        "emb_dim": settings["n_embd"],
        "n_heads": settings["n_head"],
        "n_layers": settings["n_layer"],
        "drop_rate": 0.0,
        "qkv_bias": False,
    }
    gpt = GPTModel(config)
    load_weights(gpt, params)
    gpt.eval()
    return gpt


def compare(sizes, models_dir, prompt, max_new_tokens):
    tokenizer = gpt2_tokenizer()
    idx = text_to_token_ids(prompt, tokenizer)
    texts = {}
    for size in sizes:
        gpt = load_gpt2(size, models_dir)
        out = generate(gpt, idx, max_new_tokens, gpt.cfg["context_length"])
        texts[size] = token_ids_to_text(out, tokenizer)
    return texts
