"""Cues that can be read, and read back."""

import re
from itertools import pairwise

from mesh.wire.stt import Segment, Word
from stt.openai.subtitles import cues, srt, vtt

TIME = r"(\d\d):(\d\d):(\d\d)[,.](\d\d\d)"


def parsed(text: str) -> list[tuple[float, float, str]]:
    """Cues of an srt, or of a vtt."""
    found = re.findall(rf"(?:(\d+)\n)?{TIME} --> {TIME}\n(.+?)\n\n", text, re.DOTALL)
    numbers = [int(one[0]) for one in found if one[0]]
    assert numbers in ([], list(range(1, len(found) + 1)))
    ms = [[int(part) for part in one[1:9]] for one in found]
    times = [[h * 3600 + m * 60 + s + t / 1000 for h, m, s, t in (one[:4], one[4:])] for one in ms]
    return [(start, end, one[9]) for (start, end), one in zip(times, found, strict=True)]


def spoken(text: str, *, start: float = 0.0, pause: float = 0.05, word_s: float = 0.3) -> Segment:
    """A segment whose words follow one another."""
    words = []
    for word in text.split():
        words.append(Word(text=word, start_s=start, end_s=start + word_s))
        start += word_s + pause
    return Segment(start_s=words[0].start_s, end_s=words[-1].end_s, text=text, words=words)


def test_times_beyond_an_hour_and_rounding() -> None:
    segments = [Segment(start_s=3_599.9996, end_s=3_661.5, text="x")]
    assert srt(segments) == "1\n01:00:00,000 --> 01:01:01,500\nx\n\n"
    assert vtt(segments) == "WEBVTT\n\n01:00:00.000 --> 01:01:01.500\nx\n\n"


def test_a_long_segment_is_parted_where_it_is_read_best() -> None:
    text = (
        "Good morning, this is the reception of the hotel on the river. We have a room for two with a view of the "
        "garden, and breakfast is served from seven until half past ten in the morning."
    )
    made = parsed(srt([spoken(text)]))
    assert " ".join(" ".join(cue.split()) for _, _, cue in made) == text
    assert len(made) >= 3
    for start, end, cue in made:
        assert all(len(line) <= 42 for line in cue.split("\n"))
        assert cue.count("\n") <= 1
        assert 0 < end - start <= 7.0
    assert sum(cue.rstrip().endswith((".", ",")) for _, _, cue in made) >= 2
    assert all(one[1] <= after[0] for one, after in pairwise(made))


def test_a_thousand_words_without_an_end() -> None:
    made = parsed(vtt([spoken("word " * 3_000, pause=0.0)]))
    assert sum(len(cue.split()) for _, _, cue in made) == 3_000
    assert max(end - start for start, end, _ in made) <= 7.0


def test_one_word_that_is_too_long() -> None:
    assert [cue.text for cue in cues([spoken("a" * 200)])] == ["a" * 200]


def test_without_times_of_words_a_segment_stays_one_cue() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    (made,) = cues([Segment(start_s=0, end_s=20, text=text)])
    assert made.text.replace("\n", " ") == text
    assert max(map(len, made.text.split("\n"))) <= 42


def test_cues_neither_overlap_nor_vanish() -> None:
    """As Whisper's sometimes do."""
    broken = [(0.0, 2.0), (1.5, 1.5), (1.5, 3.0), (1.0, 1.2), (4.0, 3.0)]
    made = cues(Segment(start_s=start, end_s=end, text="x") for start, end in broken)
    assert len(made) == len(broken)
    assert all(cue.end_s > cue.start_s for cue in made)
    assert all(one.end_s <= after.start_s for one, after in pairwise(made))


def test_text_is_no_markup() -> None:
    segments = [Segment(start_s=0, end_s=1, text="a < b & <b>c</b>\n\n00:00:05.000 --> 00:00:06.000\nd")]
    (cue,) = parsed(vtt(segments))
    assert cue[2].replace("\n", " ") == "a &lt; b &amp; &lt;b&gt;c&lt;/b&gt; 00:00:05.000 --&gt; 00:00:06.000 d"
    assert srt(segments).count("-->") == 1
    assert len(parsed(srt(segments))) == 1


def test_nothing_said() -> None:
    assert srt([]) == ""
    assert vtt([Segment(start_s=0, end_s=1, text="  ")]) == "WEBVTT\n\n"
