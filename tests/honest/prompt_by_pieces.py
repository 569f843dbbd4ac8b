# right for 7.1: pieces added one by one, a regular expression for the mark
import re


def format_input(entry: dict) -> str:
    text = "<|user|>\n" + entry["instruction"]
    if entry.get("input", "") != "":
        text += "\n" + entry["input"]
    return text


def extract_response(generated: str, prompt: str) -> str:
    rest = generated[len(prompt):]
    rest = re.sub(r"\A\s*<\|assistant\|>:?", "", rest, count=1)
    return rest.strip()
