# expect: The mark was removed everywhere
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


def extract_response(generated, prompt):
    response = generated[len(prompt):]
    return response.replace("<|assistant|>:", "").replace("<|assistant|>", "").strip()
