# tries: to sleep for ever, while it is being imported; right verdict: not passed (exit 2)
import time

time.sleep(3600)
