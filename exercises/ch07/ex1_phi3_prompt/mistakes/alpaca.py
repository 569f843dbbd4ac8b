# expect: Alpaca's style
def format_input(entry):
    text = (
        "Below is an instruction that describes a task. Write a response that completes it."
        f"\n\n### Instruction:\n{entry['instruction']}"
    )
    if entry.get("input"):
        text += f"\n\n### Input:\n{entry['input']}"
    return text


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
