# expect: a split gives one piece only
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


def extract_response(generated, prompt):
    return generated.split("<|assistant|>")[1].removeprefix(":").strip()
