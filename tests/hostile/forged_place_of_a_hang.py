# tries: to hang and to print a note of its own about where; right verdict: not passed (exit 1)
import sys
import time

NOTE = 'Timeout (0:00:20)!\nThread 0x00007f (most recent call first):\n  File "/x/\x1b[31mall right", line 7 in points_7_of_7\n'


def transfer_weights(source, target):
    sys.stderr.write(NOTE * 3)
    sys.stderr.flush()
    import faulthandler

    faulthandler.cancel_dump_traceback_later()
    time.sleep(600)
