# expect: The assistant's mark is in the prompt
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    if entry.get("input"):
        text += f"\n{entry['input']}"
    return text + "\n<|assistant|>:\n"


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
