# tries in 5.3: to break whoever reads the settings: keys of escapes, a million entries, values of no kind; right verdict: not passed (exit 1|2)
def deterministic_settings():
    odd = {"\x1b[2Jtemperature": 0, "\ud800": 1, "top_k": 10**4000, "temperature": float("nan"), None: None, 3: 4}
    return [odd, {str(n): n for n in range(200_000)}, [[[]]], "temperature", object]
