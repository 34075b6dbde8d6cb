"""Decodes strangers' audio files: a small program of its own, run by stt/decoding.py. It imports nothing of ours.

It waits, with FFmpeg loaded, for sockets on its control socket. For each it forks: the child reads one file from its
socket and writes samples back. A child can open nothing (neither files nor sockets: RLIMIT_NOFILE is 0), has little
memory, a short life, and no part of it survives into the next request.

The protocol: `rate, longest (s), deadline (s), length` and the file; back come messages: a letter, a length, data.
P: samples; D: done; E: refused, as "status|code|message". An end without D or E: the child was killed.
"""

import io
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

REQUEST = struct.Struct("!IddI")
MESSAGE = struct.Struct("!cI")
RATES, MAX_CHANNELS = range(4_000, 192_001), 8
MEMORY = 96 * 1024 * 1024
"""What a child may take beyond its file and what FFmpeg takes to be there."""
NAMES = "wav, mp3, ogg (opus, vorbis), webm, m4a/mp4, flac, au"
_PCM = "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le,pcm_f64le,pcm_alaw,pcm_mulaw"
CODECS = {
    "wav": f"{_PCM},adpcm_ima_wav,adpcm_ms,mp3float",
    "mp3": "mp3float,mp3",
    "ogg": "opus,libopus,vorbis,libvorbis,flac",
    "flac": "flac",
    "webm": "opus,libopus,vorbis,libvorbis,pcm_s16le,pcm_f32le",
    "mp4": "aac,alac,mp3float,opus,libopus,flac",
    "au": "pcm_mulaw,pcm_alaw,pcm_s8,pcm_s16be,pcm_s24be,pcm_s32be",
}
"""The decoders that a container may ask for."""
_DEMUXERS = {"webm": "matroska", "mp4": "mov"}


class Refused(Exception):
    """The file is at fault: status, code, message."""


def container_of(data: bytes) -> tuple[str, int]:
    """A name of CODECS by the first bytes, and where it begins: behind an ID3 tag, which is not looked at. Or ""."""
    start = 0
    if data[:3] == b"ID3" and len(data) > 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    head = data[start : start + 12]
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return "wav", start
    if head[4:8] == b"ftyp":
        return "mp4", start
    marks = {b"OggS": "ogg", b"fLaC": "flac", b"\x1a\x45\xdf\xa3": "webm", b".snd": "au"}
    if head[:4] in marks:
        return marks[head[:4]], start
    # The sync of an MPEG frame; layer 0 is what AAC has there.
    synced = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0
    return ("mp3" if synced or start else ""), start


def decode(data: bytes, rate: int, max_s: float) -> Iterator[bytes]:
    """16-bit mono PCM at `rate`, piece by piece. Raises Refused, FFmpegError, ValueError, MemoryError."""
    import av

    name, start = container_of(data)
    if not name:
        raise Refused("422", "not_audio", f"The file is none of these: {NAMES}.")
    options = {"codec_whitelist": CODECS[name], "protocol_whitelist": "none", "max_streams": "16"}
    with av.open(
        io.BytesIO(data[start:] if start else data),
        mode="r",
        format=_DEMUXERS.get(name, name),
        container_options=options,
        metadata_errors="ignore",
        io_open=_nothing_else,
    ) as container:
        if not container.streams.audio:
            raise Refused("422", "not_audio", "The file has no audio in it.")
        stream = container.streams.audio[0]
        codec = stream.codec_context
        if codec.name not in CODECS[name].split(","):
            raise Refused("422", "not_audio", f"The file's audio is {codec.name}, which is not decoded in {name}.")
        _judge(codec.sample_rate, codec.channels)
        codec.thread_count = 1
        # What these say of their length is no guess of FFmpeg's. The others' is found out while they are decoded.
        if name in ("flac", "mp4", "webm", "ogg") and (container.duration or 0) / av.time_base > max_s + 1:
            raise Refused("413", "too_long", f"The audio is longer than {max_s:g} s.")
        left = int(max_s * rate)
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
        for frame in chain(container.decode(stream), (None,)):
            if frame is not None:
                _judge(frame.sample_rate, len(frame.layout.channels))
                frame.pts = None  # gaps between time stamps are not filled
            for out in resampler.resample(frame):
                left -= out.samples
                if left < 0:
                    raise Refused("413", "too_long", f"The audio is longer than {max_s:g} s.")
                yield bytes(out.planes[0])[: out.samples * 2]


def _judge(rate: int, channels: int) -> None:
    if rate not in RATES:
        raise Refused("422", "not_audio", f"A sample rate of {rate} Hz is not decoded: {RATES[0]} to {RATES[-1]} are.")
    if not 1 <= channels <= MAX_CHANNELS:
        raise Refused("422", "not_audio", f"{channels} channels are not decoded: 1 to {MAX_CHANNELS} are.")


def _nothing_else(*_: object) -> object:
    raise PermissionError("a file may not name other files")


def confine(deadline_s: float, file_bytes: int) -> None:
    """From here on: no file, no socket, no process, little memory; the kernel ends this process at the deadline."""
    signal.setitimer(signal.ITIMER_REAL, deadline_s)
    statm = Path("/proc/self/statm")
    # Without /proc (macOS) nobody knows what is held, nor is this limit kept there.
    held = int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0
    limits = {resource.RLIMIT_NOFILE: 0, resource.RLIMIT_CORE: 0}
    if held:
        limits[resource.RLIMIT_AS] = held + 2 * file_bytes + MEMORY
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))


def serve(connection: socket.socket) -> None:
    """One request."""
    from av.error import FFmpegError

    rate, max_s, deadline_s, length = REQUEST.unpack(connection.recv(REQUEST.size, socket.MSG_WAITALL))
    confine(deadline_s, length)
    data = connection.recv(length, socket.MSG_WAITALL)

    def answer(kind: bytes, body: bytes | bytearray = b"") -> None:
        connection.sendall(MESSAGE.pack(kind, len(body)) + body)

    try:
        held = bytearray()
        for piece in decode(data, rate, max_s):
            held += piece
            if len(held) > 1 << 16:
                answer(b"P", held)
                held.clear()
        answer(b"P", held)
    except Refused as refusal:
        answer(b"E", "|".join(refusal.args).encode())
    except MemoryError:
        answer(b"E", b"422|not_audio|The file takes more memory than audio does.")
    except (FFmpegError, ValueError, OSError):
        answer(b"E", b"422|not_audio|The file is not audio that can be decoded.")
    else:
        answer(b"D")


def main() -> None:
    """Fork for each socket that comes, until the control socket ends: our service is gone."""
    silence = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 76, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 40
    )
    list(decode(silence + bytes(40), 16_000, 1.0))  # now all is loaded that a child would have to open
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children leave nothing behind
    control = socket.socket(fileno=int(sys.argv[1]))
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not data:
            return
        with socket.socket(fileno=descriptors[0]) as connection:
            if os.fork() == 0:
                try:
                    control.close()
                    os.nice(5)  # calls in progress come first
                    serve(connection)
                finally:
                    os._exit(0)


if __name__ == "__main__":
    main()
