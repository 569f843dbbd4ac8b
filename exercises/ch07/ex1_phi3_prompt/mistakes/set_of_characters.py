# expect: take a set of characters
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


def extract_response(generated, prompt):
    return generated[len(prompt):].strip().lstrip("<|assistant|>:").strip()
