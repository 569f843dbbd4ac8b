# expect: Blanks or line breaks are still around
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


def extract_response(generated, prompt):
    response = generated[len(prompt):].lstrip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark):]
    return response
