# expect: read as a template
def format_input(entry):
    template = "<|user|>\n" + entry["instruction"]
    if entry.get("input"):
        template += "\n{input}"
    return template.format(input=entry.get("input"))


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
