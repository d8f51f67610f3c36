"""Run a command in namespaces where a machine reaches itself and nothing else, under a name that is given.

unshare --map-root-user --net --uts python without_network.py NAME COMMAND...
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
socket.sethostname(sys.argv[1])
os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command is the tests'
