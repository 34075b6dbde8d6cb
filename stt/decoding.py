"""Audio files as PCM, decoded by a process of its own (stt/decoder.py)."""

import atexit
import os
import socket
import subprocess
import sys
import threading
import time

from mesh import logs
from mesh.audio import Pcm, wav_header
from mesh.errors import BadInput
from stt import decoder

log = logs.get("decoding")


def decode(data: bytes, rate: int, *, max_s: float, deadline_s: float = 10.0) -> Pcm:
    """An audio file of stt/decoder.py's kinds as 16-bit mono PCM at `rate` Hz, shape (samples,). It blocks.

    Decoded by another process, which is killed at the deadline. Raises BadInput: not_audio, too_long, decode_timeout.
    """
    import numpy as np

    if len(data) >= 44 and data[:44] == wav_header(
        rate, len(data) - 44
    ):  # as our own services send it: there is nothing to decode
        pcm = data[44:]
    else:
        pcm = _decoder.decode(data, rate, max_s, deadline_s)
    if len(pcm) > max_s * rate * 2:
        raise BadInput("too_long", f"The audio is longer than {max_s:g} s.", 413)
    if len(pcm) < 2:
        raise BadInput("not_audio", "The file has no audio in it.")
    return np.frombuffer(pcm, np.int16, len(pcm) // 2)


def warm() -> None:
    """Have the decoder ready: its start takes a quarter of a second."""
    _decoder.start()


class _Decoder:
    """The process of stt/decoder.py: started at its first use, and again when it was killed. Used from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def decode(self, data: bytes, rate: int, max_s: float, deadline_s: float) -> bytes:
        """Samples."""
        request = decoder.REQUEST.pack(rate, max_s, deadline_s, len(data))
        began = time.monotonic()
        for again in (True, False):
            try:
                with self._child() as child:
                    # The child dies at its deadline; a second more, and it has never come to life.
                    child.settimeout(deadline_s + 1)
                    child.sendall(request)
                    child.sendall(data)
                    return self._samples(child, int((max_s + 1) * rate * 2))
            except OSError:
                log.warning("decoder died", bytes=len(data))
                if time.monotonic() - began >= deadline_s:
                    break
                if not again or self._process is None or self._process.poll() is None:
                    raise BadInput("not_audio", "The file is not audio that can be decoded.") from None
        raise BadInput("decode_timeout", f"The file takes longer than {deadline_s:g} s to decode.")

    def _samples(self, child: socket.socket, most: int) -> bytes:
        """What the child says. Raises OSError when it dies."""
        pcm = bytearray()
        while True:
            kind, length = decoder.MESSAGE.unpack(_exactly(child, decoder.MESSAGE.size))
            body = _exactly(child, min(length, most))
            if kind == b"D":
                return bytes(pcm)
            if kind == b"E":
                status, code, message = body.decode(errors="replace").split("|", 2)
                raise BadInput(code, message, int(status))
            pcm += body
            if len(pcm) > most:
                raise BadInput("too_long", "The audio is longer than was allowed.", 413)

    def _child(self) -> socket.socket:
        """The socket of a new child."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self.start(), [b"+"], [theirs.fileno()])
        return ours

    def start(self) -> socket.socket:
        """The control socket of the process, which lives from now on."""
        with self._lock:
            if self._control is None or self._process is None or self._process.poll() is not None:
                self._control = self._start()
            return self._control

    def close(self) -> None:
        """The process ends with its control socket."""
        if self._control is not None and self._process is not None:
            self._control.close()
            self._process.wait()

    def _start(self) -> socket.socket:
        """The control socket of a new process."""
        ours, theirs = socket.socketpair()
        with theirs:
            # Isolated, without our environment: it needs no secret of ours. It ends when our socket does.
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                [sys.executable, "-I", str(decoder.__file__), str(theirs.fileno())],
                env={name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        return ours


def _exactly(child: socket.socket, length: int) -> bytes:
    """So many bytes. Raises OSError when the child dies before."""
    data = bytearray()
    while len(data) < length:
        piece = child.recv(min(length - len(data), 1 << 18))
        if not piece:
            raise ConnectionError("the decoder died")
        data += piece
    return bytes(data)


_decoder = _Decoder()
atexit.register(_decoder.close)
