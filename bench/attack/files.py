"""Files that are not what they say: sent to everything that opens one."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

from bench.attack.target import Findings, Watch, request


def attack_files(secret: Path, trap: str, udp: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents; `secret` may not be read, `trap` not be fetched, `udp` not be opened."""
    sdp = f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {udp} RTP/AVP 0\r\n"
    yield "a.sdp", sdp.encode()
    yield "a.wav", sdp.encode()
    yield "a.ffconcat", f"ffconcat version 1.0\nfile '{secret}'\n".encode()
    yield "a.wav", f"ffconcat version 1.0\nfile {secret.name}\n".encode()
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n"
    for target in (
        str(secret),
        f"file://{secret}",
        trap,
        f"concat:{secret}|{secret}",
        f"subfile,,start,0,end,0,,:{secret}",
    ):
        yield "a.m3u8", playlist.format(target).encode()
        yield "a.mp3", playlist.format(target).encode()
    stream = f'<Representation id="1" bandwidth="1"><BaseURL>{secret}</BaseURL></Representation>'
    adaptation = f'<AdaptationSet mimeType="audio/mp4">{stream}</AdaptationSet>'
    head = '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    yield "a.mpd", f"{head}<Period>{adaptation}</Period></MPD>".encode()
    yield "a.smil", f'<smil><audio src="{secret}"/></smil>'.encode()
    yield "a.xspf", f"<playlist><track><location>file://{secret}</location></track></playlist>".encode()
    yield "a.asx", f'<asx><entry><ref href="{trap}"/></entry></asx>'.encode()
    yield "a.txt", f"{secret}\n".encode()
    yield "a.ram", f"rtsp://127.0.0.1:{udp}/x\n".encode()
    yield from _flac()
    yield from _wav()
    yield "a.mp4", _box(b"ftyp", b"isom\0\0\2\0isom") + _box(b"moov", b"\0" * 4 + b"\xff" * 200)
    yield "a.mov", _box(b"ftyp", b"qt  \0\0\0\0") + _box(b"moov", _box(b"rmra", _box(b"rmda", trap.encode())))
    yield "a.m4a", struct.pack(">I", 0xFFFFFFFF) + b"ftypM4A " + b"\0" * 64
    yield "a.webm", b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" + b"\x42\x82\x84webm" + b"\xff" * 100
    yield "a.ogg", b"OggS\0\2" + b"\xff" * 20 + b"\x01\xff" + b"\x01vorbis" + b"\xff" * 30
    yield "a.ogg", b"OggS\0\2" + b"\0" * 20 + b"\x01\x13" + b"OpusHead\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    yield "a.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"\0" * 500
    yield "a.mp3", b"\xff\xfb\x90\x00" * 2_000
    yield "a.aiff", b"FORM\xff\xff\xff\xffAIFFCOMM" + b"\xff" * 60
    yield "a.au", b".snd" + struct.pack(">IIIII", 24, 0xFFFFFFFF, 27, 0xFFFFFFFF, 0xFFFFFFFF) + b"\0" * 100
    yield "a.gif", b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0" * 50
    yield "a.jpg", b"\xff\xd8\xff\xe0" + b"\xff" * 200
    yield "a.zip", b"PK\x03\x04" + b"\0" * 100
    yield "a.gz", b"\x1f\x8b\x08" + b"\0" * 100
    for size in (0, 1, 3, 7, 11, 12, 43, 44, 45):
        yield (
            "a.wav",
            (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0\0" * 2)[:size],
        )


def _flac() -> Iterator[tuple[str, bytes]]:
    """A STREAMINFO of 34 bytes that claims a rate, channels and a length, and no more than a frame's beginning."""
    for rate, channels, bits, samples in ((1, 0, 15, 2**36 - 1), (655_350, 7, 31, 2**36 - 1), (1_048_575, 7, 0, 0)):
        packed = (rate << 44) | (channels << 41) | (bits << 36) | samples
        info = struct.pack(">HH", 16, 65_535) + b"\0" * 6 + packed.to_bytes(8, "big") + b"\0" * 16
        yield "a.flac", b"fLaC\x80\0\0\x22" + info + b"\xff\xf8\xc9\x18\x00\xc2" + b"\0" * 7


def _wav() -> Iterator[tuple[str, bytes]]:
    for code, channels, rate, align, bits, size in (
        (1, 1, 1, 2, 16, 60_000),
        (1, 1, 0, 2, 16, 60_000),
        (1, 65_535, 8_000, 65_535, 16, 60_000),
        (1, 1, 0xFFFFFFFF, 2, 16, 60_000),
        (1, 1, 8_000, 0, 0, 60_000),
        (3, 1, 8_000, 4, 32, 60_000),
        (0x11, 1, 8_000, 65_535, 4, 60_000),
        (0x55, 2, 1, 1, 0, 60_000),
        (0xFFFE, 1, 8_000, 2, 16, 60_000),
        (1, 1, 8_000, 2, 16, 0xFFFFFFFF),
    ):
        fmt = struct.pack("<HHIIHH", code, channels, rate, (rate * align) & 0xFFFFFFFF, align, bits)
        data = b"data" + struct.pack("<I", size) + b"\x7f\xff\0\x80" * 15_000
        yield "a.wav", b"RIFF\xff\xff\xff\x7fWAVEfmt " + struct.pack("<I", len(fmt)) + fmt + data


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


async def attack(watch: Watch, findings: Findings) -> None:
    """Send each to stt and to gateway as an upload; each must be answered, and so must the next request."""
    files = list(attack_files(watch.secret, watch.trap, 45_000))
    for service in ("stt", "gateway"):
        port = int(watch.mesh.url(service).rsplit(":", 1)[1])
        for name, data in files:
            head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
            kind = (("Content-Type", "multipart/form-data; boundary=x"),)
            reply = await request(port, "POST", "/process", head + data + b"\r\n--x--\r\n", kind)
            findings.sent["files"] += 1
            what = f"{service} {name} {data[:40]!r}"
            if reply is None:
                findings.harmed("hang", what)
            elif reply.status >= 500 or reply.status == 0:
                findings.harmed(str(reply.status), f"{what} -> {reply.body[-120:]!r}")
            elif reply.status == 200 and name != "a.wav":
                findings.harmed("accepted", f"{what} -> {json.loads(reply.body).get('text')!r}")
