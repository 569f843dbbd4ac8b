# expect: Lines are indented
def format_input(entry):
    text = f"""<|user|>
    {entry['instruction']}"""
    if entry.get("input"):
        text += f"""
    {entry['input']}"""
    return text


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
