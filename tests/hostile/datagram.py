# tries: to send a datagram to a socket file in the home, from a socket pair; right verdict: not passed (exit 1)
import os
import socket

work = os.path.dirname(os.path.abspath(__file__))
home = os.path.dirname(os.path.dirname(os.path.dirname(work)))
for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
    try:
        left, right = socket.socketpair(socket.AF_UNIX, kind)
        os.chdir(home)
        left.sendto(b"was here", "canary/socket")
        print("sent", kind)
    except OSError as error:
        print(kind, error.strerror)


def transfer_weights(source, target):
    pass
