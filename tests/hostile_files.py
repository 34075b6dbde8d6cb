"""Files that want more than to be heard: made here, small, each by the rules of its format."""

import random
import struct
from collections.abc import Iterator
from pathlib import Path

from tests import audio_files


def _crc(data: bytes, width: int, polynomial: int) -> int:
    value, top = 0, 1 << (width - 1)
    for byte in data:
        value ^= byte << (width - 8)
        for _ in range(8):
            value = (value << 1) ^ polynomial if value & top else value << 1
    return value & ((1 << width) - 1)


def flac(rate: int, *, channels: int = 1, total: int = 65_535, frames: int = 1) -> bytes:
    """Frames of 65,535 equal samples each, 13 bytes per frame: with one, the 55 bytes that took 2.7 GB at 1 Hz."""
    info = struct.pack(">HH", 65_535, 65_535) + bytes(6)
    info += ((rate << 44) | ((channels - 1) << 41) | (15 << 36) | total).to_bytes(8, "big") + bytes(16)
    body = b""
    for number in range(frames):
        head = bytes([0xFF, 0xF8, 0x70, (channels - 1) << 4]) + chr(number).encode() + struct.pack(">H", 65_534)
        head += bytes([_crc(head, 8, 0x07)])
        head += bytes([0, 0x12, 0x34]) * channels
        body += head + struct.pack(">H", _crc(head, 16, 0x8005))
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info + body


def wav(
    *,
    kind: int = 1,
    channels: int = 1,
    rate: int = 16_000,
    align: int = 2,
    bits: int = 16,
    size: int | None = None,
    data: bytes = bytes(3200),
    riff: int = 0xFFFFFFFF,
) -> bytes:
    """A wav whose header says what it likes."""
    head = struct.pack("<HHIIHH", kind, channels, rate, (rate * align) & 0xFFFFFFFF, align, bits)
    told = len(data) if size is None else size
    return b"RIFF" + struct.pack("<I", riff) + b"WAVEfmt \x10\0\0\0" + head + b"data" + struct.pack("<I", told) + data


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return struct.pack(">I", 8 + len(body)) + kind + body


def nested(depth: int) -> bytes:
    data = b""
    for _ in range(depth):
        data = box(b"moov", data)
    return box(b"ftyp", b"M4A \0\0\0\0M4A ") + data


def ogg_page(packet: bytes, serial: int = 1, number: int = 0, flags: int = 2) -> bytes:
    lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = (
        b"OggS\0" + bytes([flags]) + bytes(8) + struct.pack("<III", serial, number, 0) + bytes([len(lacing)]) + lacing
    )
    crc = _crc(head + packet, 32, 0x04C11DB7)
    return head[:22] + struct.pack("<I", crc) + head[26:] + packet


def elsewhere(secret: Path) -> dict[str, bytes]:
    """Files that name other files and places. `secret` is a recording on this machine."""
    m4a = audio_files.make("m4a")
    return {
        "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        b"m=audio 34500 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
        "ffconcat": f"ffconcat version 1.0\nfile {secret}\n".encode(),
        "ffconcat-relative": f"ffconcat version 1.0\nfile {secret.name}\n".encode(),
        "ffconcat-subfile": f"ffconcat version 1.0\nfile subfile,,start,0,end,0,,:{secret}\n".encode(),
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode(),
        "hls-data": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\ndata:audio/wav;base64,UklGRg==\n#EXT-X-ENDLIST\n",
        "dash": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet><Representation>'
        f"<BaseURL>file://{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>".encode(),
        "rtsp": b"rtsp://127.0.0.1:34500/x",
        "playlist": f"[playlist]\nFile1={secret}\n".encode(),
        "asx": f'<ASX version="3.0"><Entry><Ref href="file://{secret}"/></Entry></ASX>'.encode(),
        "imf": b'<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"/>',
        "smil": f'<smil><body><audio src="{secret}"/></body></smil>'.encode(),
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{secret}"/></svg>'.encode(),
        "png": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "ffmetadata": b";FFMETADATA1\ntitle=x\n",
        "avi": b"RIFF\xff\0\0\0AVI LIST" + bytes(200),
        "aac": b"\xff\xf1\x50\x80\x02\x1f\xfc" * 50,
        "mov-alias": m4a.replace(b"url \0\0\0\1", b"alis\0\0\0\0"),
        "mov-rmra": box(b"ftyp", b"qt  \0\0\0\0qt  ")
        + box(b"moov", box(b"rmra", box(b"rmda", box(b"rdrf", bytes(4), b"url ", struct.pack(">I", 9), b"file:///x")))),
    }


def greedy() -> dict[str, bytes]:
    """Files that claim, or unfold to, far more than they are."""
    m4a, webm, ogg = (audio_files.make(name) for name in ("m4a", "webm", "ogg"))
    at = m4a.index(b"mdhd")
    opus = ogg_page(b"OpusHead\1\xff\0\0\x80\xbb\0\0\0\0\1\xff\xff")
    return {
        "flac-1-hz": flac(1),
        "flac-2-hz": flac(2, channels=8),
        "flac-655350-hz": flac(655_350),
        "flac-8-channels-for-ever": flac(4_000, channels=8, frames=100, total=0),
        "flac-claims-days": flac(8_000, total=(1 << 36) - 1),
        "flac-hz-0": flac(0),
        "flac-blocks": flac(16_000)[:40] + b"\x04\xff\xff\xff" * 40,
        "wav-65535-channels": wav(channels=65_535, align=65_535),
        "wav-65535-channels-aligned": wav(channels=65_535, align=1, bits=8, data=bytes(1 << 20)),
        "wav-no-channels": wav(channels=0),
        "wav-align-0": wav(align=0),
        "wav-align-1": wav(align=1),
        "wav-align-65535": wav(align=65_535, data=bytes(200_000)),
        "wav-0-hz": wav(rate=0),
        "wav-1-hz": wav(rate=1, data=bytes(1 << 20)),
        "wav-4-ghz": wav(rate=0xFFFFFFFF),
        "wav-0-bits": wav(bits=0),
        "wav-65535-bits": wav(bits=65_535),
        "wav-of-aac": wav(kind=0x00FF),
        "wav-of-nothing-known": wav(kind=0x7777),
        "wav-hours": wav(rate=4_000, align=1, bits=8, data=bytes(4_000_000)),
        "wav-list-4-gb": b"RIFF\xff\xff\xff\xffWAVELIST\xf0\xff\xff\xff" + bytes(400),
        "wav-no-data": b"RIFF\x04\0\0\0WAVE",
        "mp3-id3-256-mb": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + bytes(400),
        "mp3-id3-in-id3": (b"ID3\x04\0\0\0\0\0\x0a" * 400),
        "mp3-free-format": b"\xff\xfb\x00\xc4" * 4000,
        "ogg-255-channels": opus + ogg_page(b"OpusTags" + bytes(8), number=1, flags=0),
        "ogg-500-streams": b"".join(ogg_page(b"OpusHead\1\2\0\0\x80\xbb\0\0\0\0\0", serial=n) for n in range(500)),
        "ogg-vorbis-nonsense": ogg_page(b"\1vorbis\0\0\0\0\xff\xff\xff\xff\x7f" + bytes(12) + b"\xff\1"),
        "ogg-granule": ogg[:-400] + ogg[-400:].replace(b"OggS\0\4", b"OggS\0\0"),
        "webm-sizes": webm[:60] + b"\x01\xff\xff\xff\xff\xff\xff\xff" * 40,
        "webm-voids": webm[:4] + b"\x01\x00\x00\x00\x00\x00\x00\x00" * 4000,
        "mp4-nested": nested(3000),
        "mp4-stsz": m4a.replace(m4a[m4a.index(b"stsz") + 12 : m4a.index(b"stsz") + 16], b"\x7f\xff\xff\xff", 1),
        "mp4-stts": m4a.replace(b"stts\0\0\0\0\0\0\0\1", b"stts\0\0\0\0\x7f\xff\xff\xff", 1),
        "mp4-1-hz": m4a[: at + 16] + b"\0\0\0\1" + m4a[at + 20 :],
        "mp4-ctts": box(b"ftyp", b"M4A \0\0\0\0")
        + box(b"moov", box(b"trak", box(b"ctts", b"\0\0\0\0\xff\xff\xff\xff"))),
        "au-hz": b".snd" + struct.pack(">IIIII", 24, 0xFFFFFFFF, 1, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(400),
        "au-offset": b".snd" + struct.pack(">IIIII", 0xFFFFFFFF, 0, 1, 8_000, 1) + bytes(400),
    }


def mutations(count: int) -> Iterator[tuple[str, bytes]]:
    """Real files, each damaged at random; the same ones in every run."""
    chance = random.Random(10)
    for name in ("wav", "mp3", "ogg", "webm", "m4a", "flac"):
        real = audio_files.make(name)
        for number in range(count):
            data = bytearray(real)
            for _ in range(chance.choice((1, 3, 20, 200))):
                # Most damage goes into the headers: that is where sizes are.
                place = chance.randrange(min(len(data), chance.choice((64, 512, len(data)))))
                act = chance.randrange(4)
                if act == 0:
                    data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
                elif act == 1:
                    del data[place : place + chance.randrange(1, 40)]
                elif act == 2:
                    data[place:place] = data[place : place + chance.randrange(1, 400)]
                else:
                    data[place : place + 4] = struct.pack(chance.choice("<>") + "I", chance.randrange(1 << 32))
                if not data:
                    data = bytearray(real[:9])
            yield f"{name}-{number}", bytes(data)
