# tries: to reach a closed port of this machine, to listen, and to open every kind of socket; right verdict: not passed (exit 1)
import socket
import urllib.request

reached = []
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK, socket.AF_PACKET):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            reached.append((family.name, kind.name))
        except OSError:
            continue
for name, attempt in {
    "connect": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    "listen": lambda: socket.create_server(("127.0.0.1", 0)),
    "http": lambda: urllib.request.urlopen("http://127.0.0.1:9/", timeout=1),
    "name": lambda: socket.getaddrinfo("localhost", 9),
}.items():
    try:
        attempt()
        reached.append(name)
    except OSError as error:
        print(name, error)
print("reached:", reached)


def transfer_weights(source, target):
    pass
