# tries in 7.1: to answer with more text than anybody can take, and with patterns that take for ever; right verdict: not passed (exit 1|2)
def format_input(entry):
    return "<|user|>\n" * 40_000_000


def extract_response(generated, prompt):
    return ("a" * 30 + "!") * 20_000_000
