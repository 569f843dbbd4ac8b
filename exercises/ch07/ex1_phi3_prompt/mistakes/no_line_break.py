# expect: no line break behind <|user|>
def format_input(entry):
    text = "<|user|>" + entry["instruction"]
    if entry.get("input"):
        text += "\n" + entry["input"]
    return text


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
