# expect: Blanks around the instruction were taken off
def format_input(entry):
    lines = ["<|user|>", entry["instruction"].strip()]
    given = entry.get("input", "").strip()
    if given:
        lines.append(given)
    return "\n".join(lines)


def extract_response(generated, prompt):
    response = generated[len(prompt) :].strip()
    for mark in ("<|assistant|>:", "<|assistant|>"):
        if response.startswith(mark):
            return response[len(mark) :].strip()
    return response
