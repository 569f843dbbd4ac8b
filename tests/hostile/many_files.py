# tries: six thousand files in its scratch folder; right verdict: not passed (exit 1)
import os

made = 0
try:
    for made in range(6000):
        os.makedirs(f"d{made % 50}", exist_ok=True)
        with open(f"d{made % 50}/f{made}", "w") as file:
            file.write("x")
except OSError as error:
    print("after", made, error.strerror)


def transfer_weights(source, target):
    pass
