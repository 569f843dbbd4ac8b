# expect: A fixed number of characters was cut off
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


def extract_response(generated, prompt):
    return generated[len(prompt) + len("\n<|assistant|>:\n"):].strip()
