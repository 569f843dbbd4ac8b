# expect: The colon of the mark is still
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


def extract_response(generated, prompt):
    return generated[len(prompt):].strip().removeprefix("<|assistant|>").strip()
