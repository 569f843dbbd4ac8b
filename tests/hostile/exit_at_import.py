# tries: to end with status 0 while it is being imported; right verdict: not passed (exit 2)
import os

os._exit(0)
