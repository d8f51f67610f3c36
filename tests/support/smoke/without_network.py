"""Run a command in a network namespace of its own, in which a machine reaches itself and nothing else.

unshare --map-root-user --net python without_network.py COMMAND...
"""

import fcntl
import os
import socket
import struct
import sys

SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40  # linux/sockios.h, linux/if.h

with socket.socket() as any_socket:
    request = struct.pack("16sh", b"lo", IFF_UP | IFF_RUNNING)
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)
os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is the tests'
