# expect: something of its line is still there
def format_input(entry):
    return f"<|user|>\n{entry['instruction']}\n{entry.get('input', '')}"


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
