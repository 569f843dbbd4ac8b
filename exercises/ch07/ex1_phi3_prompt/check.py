"""Judges exercise 7.1 by the reference's layout: prompts of drawn entries, and responses out of drawn texts."""

from __future__ import annotations

import random
import re

import pytest

from quizbook.judge.checks import assert_one_each, describe, diagnosis, fail
from reference import prompts as reference

USER, MARK = "<|user|>", "<|assistant|>"
FRONT = f"{USER}\n"
VERBS = ("Rewrite", "Explain", "Translate", "Shorten", "Classify", "Describe")
LETTERS = "bcdefghklmnopqrvwz"
KINDS = {
    "NoneType": "returns nothing: it ends with return and the text.",
    "tuple": "returns a tuple, not a text: a comma at the end of a line, or between two texts, makes one.",
    "list": "returns a list, not a text: put its parts together, or take the one that is meant.",
    "bytes": "returns bytes, not a text.",
    "dict": "returns a dict, not a text.",
}


# -- what is drawn ----------------------------------------------------------------------------------------------------


def word(draw):
    return "".join(draw.choice(LETTERS) for _ in range(draw.randint(4, 8)))


def sentence(draw, words=4):
    return f"{draw.choice(VERBS)} {' '.join(word(draw) for _ in range(words))} {draw.randint(10, 999)}."


def entry(draw, **more):
    drawn = {"instruction": sentence(draw), "input": sentence(draw, 5), "output": f"Well: {sentence(draw, 3)}"}
    return {**drawn, **more}


def without(entry, key):
    return {name: text for name, text in entry.items() if name != key}


def odd_entries(draw):
    """Texts that a template, a replacement or a tidying would change."""
    return [
        entry(
            draw, instruction=f"What do {{}}, {{0}} and %s do in {word(draw)} at 100% {{speed}}?", input="{input} %d"
        ),
        entry(draw, instruction=f"What does {USER} mean in {word(draw)}?", input=f"{MARK}: is the other mark"),
        entry(draw, instruction=f"  Keep the blanks around {word(draw)}  ", input=f"\tone {word(draw)}\n\n  two  "),
        entry(draw, instruction=f"Say {word(draw)} as 日本語 🙂!", input='C:\\new\\table "quoted" & <b>it\'s</b>'),
    ]


def usual_texts(draw):
    """(generated, prompt) as fine-tuning makes them, the mark with its colon."""
    for drawn in (entry(draw), entry(draw, input="")):
        prompt = reference.format_input(drawn, "phi3")
        yield f"{prompt}\n{MARK}:\n{drawn['output']}", prompt


def other_forms(draw):
    """Without colon, without mark, with more blanks, with the mark in the prompt, and with no response."""
    forms = [("", f"\n{MARK}\n", ""), ("", "\n", "\n"), ("", f" \n\n{MARK}:  ", "  \n\n"), (f"\n{MARK}:\n", "", "\n"),
             (f"\n{MARK}\n", "", "")]  # fmt: skip
    for behind_prompt, before, after in forms:
        drawn = entry(draw)
        prompt = reference.format_input(drawn, "phi3") + behind_prompt
        yield f"{prompt}{before}{drawn['output']}{after}", prompt
    prompt = reference.format_input(entry(draw), "phi3")
    yield f"{prompt}\nants sit in {word(draw)}.\n", prompt
    yield from [(prompt, prompt), (f"{prompt}\n{MARK}:\n", prompt)]


def odd_texts(draw):
    """Responses and prompts in which a replacement, a split, a set of characters or a pattern cuts too much."""
    drawn = entry(draw, instruction=f"What is (a+b)*{word(draw)}? [x", input="")
    prompt = reference.format_input(drawn, "phi3")
    for response in [
        f"Behind {word(draw)} comes {MARK}: and then {MARK} again, {word(draw)}.",
        f"You wrote: {prompt} - and I {word(draw)}.",
        f"sit, {word(draw)}, as an ant sits",
        f"First {word(draw)}.\n\n{USER}\n  Second ### Response: {word(draw)}.\nThird: {word(draw)}",
        f":-) {word(draw)} : {word(draw)}:",
        f"{MARK} opens the turn of {word(draw)}.",
    ]:
        yield f"{prompt}\n{MARK}:\n{response}", prompt
    prompt = reference.format_input(entry(draw, instruction=f"What does {MARK}: mean for {word(draw)}?"), "phi3")
    yield f"{prompt}\n{MARK}:\nIt marks {word(draw)}.", prompt


# -- format_input ------------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_with_input(submission, seed):
    """format_input: the user's mark, the instruction and the input, each on lines of its own."""
    draw = random.Random(seed)
    check_prompts(submission, [entry(draw) for _ in range(3)])


@pytest.mark.points(2)
def test_without_input(submission, seed):
    """format_input: an input that is empty or missing leaves no trace."""
    draw = random.Random(seed)
    check_prompts(submission, [entry(draw, input=""), without(entry(draw), "input"), entry(draw, input="")])


@pytest.mark.needs("test_with_input")
def test_odd_entries(submission, seed):
    """format_input: braces, marks, quotes, blanks and line breaks of the entry stay as they are."""
    check_prompts(submission, odd_entries(random.Random(seed)))


def check_prompts(submission, entries):
    for drawn, got in zip(entries, answers(submission, "prompts", entries=entries), strict=True):
        text = checked_text(got, "format_input")
        expected = reference.format_input(drawn, "phi3")
        if text != expected:
            others = [other for other in entries if other is not drawn]
            fail(prompt_mistake(drawn, text, others), expected=shown(expected), got=shown(text))


def prompt_mistake(drawn, got, others):
    """What is wrong with a prompt: its parts first, then what stands in front, between and behind them."""
    instruction, given, expected = drawn["instruction"], drawn.get("input", ""), reference.format_input(drawn, "phi3")
    if any(other["instruction"] in got for other in others):
        return "The prompt is that of another entry: something is kept from an earlier call."
    if "###" in got.replace(given, "") or "Below is" in got:
        return "That is Alpaca's style, with its headlines; Phi-3's has <|user|> in front of the instruction."
    if re.search(r"\{(instruction|entry|input)?\b", got) and instruction not in got and "{" not in instruction:
        return "The name in braces was not replaced: the text needs an f in front of its quotes."
    if "\\n" in got and "\\n" not in expected:
        return "A backslash and an n stand where a line break belongs: no r in front of the quotes, and no second \\."
    if "\r" in got:
        return "Line breaks are \\n alone; a \\r is in the prompt."
    if re.search(r"\n[ \t]+", got) and re.sub(r"\n[ \t]+", "\n", got).strip() == expected.strip():
        return "Lines are indented: inside triple quotes the blanks at the beginning of a line are part of the text."
    if drawn["output"] in got:
        return (
            "The output is in the prompt, and would show the model the answer: only instruction and input belong here."
        )
    front, found, rest = got.partition(instruction)
    if not found:
        return changed_text("instruction", instruction, got)
    if given and given in front and given not in rest:
        return "The input stands in front of the instruction; the instruction comes first."
    if front != FRONT:
        return named(FRONTS, front) or f"In front of the instruction stands {shown(front)}; it is {FRONT!r}."
    if not given:
        return named(NO_INPUT, rest) or f"Behind the instruction stands {shown(rest)}; the prompt ends with it."
    between, found, end = rest.partition(given)
    if not found and not rest.strip():
        return "The input is missing: it stands on the line behind the instruction."
    if not found:
        return changed_text("input", given, rest)
    if between != "\n":
        return (
            named(BETWEEN, between) or f"Between instruction and input stands {shown(between)}; it is one line break."
        )
    if given in end:
        return "The input is there twice."
    return named(ENDS, end) or f"Behind the input stands {shown(end)}; the prompt ends with it."


def named(table, part):
    return next((told for pattern, told in table if re.search(pattern, part)), None)


# fmt: off
FRONTS = (
    (r"^\s*$", "The user's mark is missing: <|user|> stands on a line of its own in front of the instruction."),
    (r"^<\|user\|>$", "There is no line break behind <|user|>: the instruction begins on the next line."),
    (r"^<\|user\|> +$", "A blank stands behind <|user|> in the place of a line break."),
    (r"^<\|user\|>\n\n+$", "Two line breaks stand behind <|user|>; one is right."),
    (r"^\s+<\|user\|>\n", "A line break or blank stands in front of <|user|>: the prompt begins with the mark."),
    (r"^<\|user\|>\s+$", "Blanks stand in front of the instruction: its line begins with the text itself."),
    (r"^<\|user\|>:", "A colon stands behind <|user|>; only the assistant's mark has one."),
    (r"<\|user\|>.*<\|user\|>", "The user's mark is there twice."),
    (r"system", "A system's turn stands in front; the prompt begins with <|user|>."),
    (r"<\|assistant\|>", "The assistant's mark stands in front of the instruction; the user's mark, <|user|>, belongs there."),
    (r"[Ii]nstruction", "The instruction has a headline in front of it; <|user|> and a line break are all that comes first."),
    (r"^(?!.*<\|user\|>).*(?i:user)", "The user's mark is not written as <|user|>, with angle brackets and bars, in small letters."),
)
BETWEEN = (
    (r"^$", "Instruction and input run together: a line break stands between them."),
    (r"^ +$", "Instruction and input are on one line, with a blank between them: it is a line break."),
    (r"^\n[\n ]+$", "An empty line, or a blank, stands between instruction and input: one line break is right."),
    (r"user", "The user's mark stands in front of the input too; it comes once, in front of the instruction."),
    (r"assistant", "The assistant's mark stands between instruction and input; both belong to the user's turn."),
    (r"(?i:input)", "The input has a headline in front of it; in this style a line break is all that comes between."),
)
ENDS = (
    (r"assistant", "The assistant's mark is in the prompt; format_input ends before it, where the user's texts end."),
    (r"<\|end", "An end mark stands behind the texts; this style has none there."),
    (r"^\s+$", "A line break or blank stands at the end; the prompt ends with the last character of the entry's text."),
)
NO_INPUT = (
    (r"None", "The word None stands in the place of an input that is missing: without input there is no line for it."),
    *ENDS[:2],
    (r"^\s+$", "Without input, something of its line is still there, a line break or blank at the end: put the line break in front of the input, and only if there is one."),
    (r"(?i:input)", "A headline for the input is there although there is no input."),
)


def changed_text(name, text, got):
    """The instruction or input does not stand in `got` as it is: what was done to it."""
    stripped, template = f"Blanks around the {name} were taken off", f"The {name} was read as a template; a % or a brace in it is a character like others"
    for changed, how in [
        (text.strip(), stripped), (text.rstrip(), stripped), (text.lstrip(), stripped),
        (" ".join(text.split()), f"Blanks and line breaks inside the {name} were squeezed together"),
        (text.replace("\n", " "), f"Line breaks in the {name} were replaced"),
        (repr(text), f"The {name} stands there as repr writes it, with quotes, as !r or the print of a dict does"),
        (repr(text)[1:-1], f"The {name} stands there as repr writes it, with escapes"),
        (text.replace(USER, ""), f"The user's mark was removed from the {name}; what an entry quotes is a text like others"),
        (text.replace(f"{MARK}:", ""), f"The assistant's mark was removed from the {name}; what an entry quotes is a text like others"),
        (text.replace(MARK, ""), f"The assistant's mark was removed from the {name}; what an entry quotes is a text like others"),
        (text.replace("%%", "%"), template), (text.replace("{}", ""), template), (text.replace("{{", "{").replace("}}", "}"), template),
        (text.encode("ascii", "ignore").decode(), f"Accents and emoji of the {name} are gone"),
        (text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), f"The {name} was escaped as for HTML"),
        (text[:-1], f"The last character of the {name} is gone"), (text[1:], f"The first character of the {name} is gone"),
    ]:
        if changed.strip() and changed != text and changed in got:
            return f"{how}. The texts of an entry stay as they are."
    if text.lower() in got.lower():
        return f"The {name} came back with other capital letters. The texts of an entry stay as they are."
    if re.search("[{%]", text) and got:
        return f"{template}."
    return f"The {name} is not in the prompt as it stands in the entry."
# fmt: on


# -- extract_response --------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_response(submission, seed):
    """extract_response: the response alone, without prompt, mark and line breaks."""
    check_responses(submission, list(usual_texts(random.Random(seed))))


@pytest.mark.needs("test_response")
@pytest.mark.points(2)
def test_other_forms(submission, seed):
    """extract_response: with or without colon, without mark, with more blanks, with the mark in the prompt, empty."""
    check_responses(submission, list(other_forms(random.Random(seed))))


@pytest.mark.needs("test_response")
@pytest.mark.points(2)
def test_odd_responses(submission, seed):
    """extract_response: marks and prompts that a response quotes stay in it, and nothing else is cut off."""
    check_responses(submission, list(odd_texts(random.Random(seed))))


def check_responses(submission, cases):
    for (generated, prompt), got in zip(cases, answers(submission, "responses", cases=cases), strict=True):
        text = checked_text(got, "extract_response")
        expected = reference.extract_response(generated, prompt)
        if text != expected:
            told = f"{shown(expected)}, out of {prompt[-20:]!r} + {generated[len(prompt) :][:60]!r}"
            fail(response_mistake(generated, prompt, expected, text), expected=told, got=shown(text))


def response_mistake(generated, prompt, response, got):
    if got.strip() == response:
        return "Blanks or line breaks are still around the response: strip them off, after the mark is gone as well."
    tail = generated[len(prompt) :]
    for wrong, why in [*of_mark(tail), *of_prompt(generated, prompt), *of_text(response)]:
        if got.strip() == wrong.strip() != response:
            return why
    if got == "" and MARK not in tail:
        return "Nothing is left where no mark stands: a model may answer without it, and the response begins at once."
    if got == "":
        return "Nothing is left: the response itself was cut off. Cut the prompt by its length, and only the mark."
    if response and got.endswith(response) and got[:6] in prompt:
        return "A part of the prompt is still in front of the response: its length is len(prompt), in characters."
    if response and got.endswith(response):
        return f"In front of the response still stands {shown(got.removesuffix(response))}."
    if response.endswith(got):
        gone = shown(response.removesuffix(got))
        return f"The beginning of the response is gone, {gone}: was a fixed number or a set of characters cut off?"
    if response.startswith(got):
        return f"The end of the response is gone, {shown(response.removeprefix(got))}: everything up to the end belongs to it."
    if response and got.startswith(response):
        return f"Behind the response stands {shown(got.removeprefix(response))}; nothing is added to it."
    if MARK in got and not response.startswith(MARK) and got.strip().startswith(MARK):
        return f"The mark {MARK} is still in front of the response."
    if prompt in got:
        return "The prompt is still in the text: cut off its len(prompt) characters."
    if not response:
        return "The model wrote no response; an empty text is right."
    return "That is not the response as it stands in the text: cut the prompt by its length, take off one mark, strip."


def body(text):
    """What the reference makes of a text whose prompt is gone."""
    return reference.extract_response(text, "")


# fmt: off
def of_mark(tail):
    text, full = tail.strip(), f"{MARK}:"
    if text.startswith(MARK):
        yield text, f"The mark {MARK} is still in front of the response: take it off, with a colon and without."
        yield text.removeprefix(MARK), "The colon of the mark is still in front of the response: the mark comes with a colon and without."
        yield text.removeprefix(MARK[:-1]), "A part of the mark is still in front of the response: it ends with |> and perhaps a colon."
    for mark in (full, MARK):
        pieces = text.split(mark)
        if len(pieces) > 1:
            last = "The text was split at the mark and its last piece taken: a response that quotes the mark is cut."
            yield from [(pieces[-1], last), (pieces[-1].removeprefix(":"), last)]
            yield from ((cut, "The text was split at the mark: a response that quotes the mark ends there.") for cut in (pieces[1], pieces[1].removeprefix(":")))
            behind = mark.join(pieces[1:])
            yield from ((cut, "Everything up to a mark was cut off, although that mark belongs to the response: only one in front is taken off.") for cut in (behind, behind.removeprefix(":")))
    without = text.replace(full, "").replace(MARK, "")
    for removed in (without, text.replace(full, ""), text.replace(MARK, ""), body(tail).replace(full, ""), body(tail).replace(MARK, "")):
        yield removed, "The mark was removed everywhere, as str.replace does; one that the response quotes stays in it."
    again = body(tail)
    while again != (again := body(again)):
        yield again, "The mark was taken off more than once; a second one belongs to the response."
    characters = "str.strip and str.lstrip take a set of characters, not a text: they eat letters of the response. Use removeprefix."
    for letters in (full, f"{full}\n", f"{full}\n "):
        for whole in (text, body(tail), text.strip(letters).strip()):
            yield from [(whole.strip(letters), characters), (whole.lstrip(letters), characters), (whole.rstrip(letters), characters)]
    for colon in (body(tail).lstrip(": \n"), body(tail).strip(": \n"), body(tail).removeprefix(":")):
        yield colon, "More than one colon was taken off: only the mark's own goes, one of the response stays."
    yield from ((read, "The mark was read as a regular expression, in which | means or: re.escape it, or use removeprefix.") for read in as_pattern(f"{MARK}:?", text))
    for length in range(len(MARK), len(MARK) + 4):
        yield tail[length:], "A fixed number of characters was cut off: the mark may be missing, have no colon, or more blanks around it."


def of_prompt(generated, prompt):
    tail, still = generated[len(prompt) :], "The prompt is still in front of the response: cut off its len(prompt) characters."
    for whole in (generated, generated.replace(f"{MARK}:", ""), generated.replace(MARK, ""), generated.replace(f"{MARK}:", "").replace(MARK, "")):
        yield whole, still
    yield prompt, "That is the prompt; the response follows it: generated[len(prompt):]."
    if prompt in tail:
        for rest in (tail.replace(prompt, ""), body(tail).replace(prompt, ""), tail.split(prompt)[0], tail.split(prompt)[-1]):
            for cleared in (rest, body(rest), rest.replace(f"{MARK}:", "").replace(MARK, "")):
                yield cleared, "The prompt was removed wherever it stands, or the text was split at it: a response that quotes it is cut. Cut by its length."
    for mark in (f"{MARK}:", MARK):
        before, found, behind = generated.partition(mark)
        if found and len(before) < len(prompt):
            for cut in (behind, behind.removeprefix(":"), behind.split(mark)[0], behind.split(mark)[0].removeprefix(":")):
                yield cut, f"The text was cut at the first {MARK}, which may stand in the prompt: cut off the prompt first."
    for pattern in (prompt, f"^{prompt}"):
        for read in as_pattern(pattern, generated):
            for cleared in (read, body(read.strip()), read.replace(f"{MARK}:", "").replace(MARK, "")):
                yield cleared, "The prompt was read as a regular expression, in which | and ? have a meaning: cut it off by its length."


def as_pattern(pattern, text):
    """What re.sub leaves of a text that should have been cut as it is."""
    try:
        return [re.sub(pattern, "", text), re.sub(pattern, "", text, count=1)]
    except re.error:
        return []


def of_text(response):
    yield from ((squeezed, "Blanks and line breaks inside the response were squeezed or replaced; they stay.") for squeezed in
                (" ".join(response.split()), response.replace("\n", " "), response.replace("\n", ""), re.sub(r"\n+", "\n", response)))
    yield response.lower(), "The response came back in small letters; it stays as it is."
    yield response.replace(":", ""), "All colons are gone; only that of the mark is taken off."
    alpaca = "Alpaca's headline was looked for; in this style it is a text like others, and a response may quote it."
    yield from [(response.replace("### Response:", ""), alpaca), (response.split("### Response:")[-1], alpaca)]
    yield response.replace(USER, ""), "The user's mark was removed from the response; what it quotes stays."
    yield response.split(USER)[0], "The response was cut off at <|user|>; what it quotes stays."
    lines = response.splitlines() or [""]
    yield lines[0], "Only the first line of the response came back; it may have several."
    yield lines[-1], "Only the last line of the response came back; it may have several."
    yield response.partition("\n\n")[0], "The response ends at its first empty line; it may have several parts."
# fmt: on


# -- what came over the wall -------------------------------------------------------------------------------------------


def answers(submission, function, **inputs):
    (asked,) = inputs.values()
    got = submission.call(function, **inputs)
    assert_one_each(got, asked, "call")
    return got


def checked_text(got, function):
    if isinstance(got, str):
        return got
    kind = got.get("type") if isinstance(got, dict) else None
    if not isinstance(kind, str):
        fail(f"{function} returns no text.", expected="a text", got=describe(got))
    fail(f"{function} {KINDS.get(kind, 'returns no text.')}", expected="a text", got=f"of type {kind[:40]}")


def shown(text):
    return f"{text[:160]!r}" + ("..." if len(text) > 160 else "")


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "This function is not written yet."),
    ("KeyError", r"^'input'$", "An entry may have no input at all: entry.get('input') gives None then, where entry['input'] raises."),
    ("KeyError", r"^'(?:speed|input|instruction|0|)'$", "A text of the entry was read as a template: braces in it are characters like others. Use an f-string or +."),
    ("KeyError", r"^'(\w+)'$", "An entry has no {0!r}: its texts are called instruction, input and output."),
    ("IndexError", r"[Rr]eplacement index|positional", "A text of the entry was read as a template: braces in it are characters like others."),
    ("ValueError|TypeError", r"format character|format string|string formatting|Single '", "A text of the entry was read as a template: % and braces in it are characters like others."),
    ("IndexError", "", "A piece is taken that is not there: the model may have written no mark, or nothing at all, so that a split gives one piece only."),
    ("ValueError", r"unpack", "A split gave another number of pieces than expected: the mark may be missing, or be quoted in the response once more."),
    ("ValueError", r"substring not found|not in list|is not in", "The mark was looked for and is not there: a model may answer without it."),
    ("ValueError|AssertionError", r"begin|start|prompt|^$", "extract_response refuses a text that is right: generated begins with prompt, and what follows may have a mark or none."),
    ("AttributeError", r"'NoneType' object has no attribute 'group", "A pattern found nothing: the mark may be missing, and . does not match line breaks."),
    ("error|PatternError", "", "A text was read as a regular expression: brackets and + in a prompt are characters like others. Cut by length."),
    ("UnboundLocalError", r"'(\w+)'", "{0} has a value only if one branch ran: give it one for an entry without input too."),
    ("NameError", r"'(\w+)'", "The name {0} is not known there; all that is needed are the function's own arguments."),
    ("TypeError", r"NoneType", "An input that is missing is None, which is no text: leave its line out."),
    ("AttributeError", r"'dict' object has no attribute '(\w+)'", "An entry is a dict: entry['{0}'], not entry.{0}."),
    ("TypeError", r"concatenate|join|sequence item", "Only texts can be put together: is one of the parts a list or None?"),
    ("AttributeError", r"'(list|tuple|dict)' object has no attribute '(\w+)'", "A {0} has no {1}; take the text out of it first."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
