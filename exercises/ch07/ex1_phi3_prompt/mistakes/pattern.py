# expect: read as a regular expression
def format_input(entry):
    text = f"<|user|>\n{entry['instruction']}"
    return f"{text}\n{entry['input']}" if entry.get("input") else text


import re


def extract_response(generated, prompt):
    response = re.sub(f"^{prompt}", "", generated).strip()
    return re.sub(r"^<\|assistant\|>:?", "", response).strip()
