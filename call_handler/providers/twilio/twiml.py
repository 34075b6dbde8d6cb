"""TwiML: what we tell Twilio to do next. Source: https://www.twilio.com/docs/voice/twiml."""

import time
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlencode

from twilio.twiml.voice_response import Connect, Gather, Stream, VoiceResponse

from call_handler.config import Settings
from mesh.wire.lang import Language

TURN, RECORDING, AUDIO = "/twilio/turn", "/twilio/recording", "/twilio/audio"
MEDIA, NEXT, WHISPER, AMD = "/twilio/media", "/twilio/next", "/twilio/whisper", "/twilio/amd"
VOICE, API_VOICE = "/twilio/voice", "/api/v1/voice"
SPEECH_TIMEOUT_S = 5  # silence after our question until Twilio reports an empty result
END_SILENCE_S = 2  # silence that ends a recording


@dataclass(frozen=True, slots=True)
class Phrase:
    """Something to say; with an audio key it is played in our own voice, else Twilio reads the text."""

    text: str
    language: Language
    key: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What the next webhook must know; it travels in its address, so any replica can serve it.

    Nothing of the caller's is in it: addresses end in logs. `at` (Unix time, ms, of the question) numbers the turns.
    """

    mode: str
    language: str
    silences: int = 0
    failures: int = 0
    at: int = field(default_factory=lambda: int(time.time() * 1000))

    def url(self, path: str) -> str:
        """The address of the next webhook."""
        return f"{path}?{urlencode(asdict(self))}"

    def following(self, *, language: str = "", silences: int = 0, failures: int = 0) -> "State":
        """That of the next turn, which is later than this one, whatever the clock says."""
        asked = State(self.mode, language or self.language, silences, failures)
        return replace(asked, at=max(asked.at, self.at + 1))


def listen(settings: Settings, state: State, phrase: Phrase, *, asked: str | None = None) -> str:
    """Say something, then listen: by Twilio's recogniser (and keys), or by recording for our stt."""
    response = VoiceResponse()
    if state.mode == "record":
        _say(response, phrase)
        response.record(
            action=state.url(RECORDING),
            method="POST",
            max_length=settings.record_max_s,
            timeout=END_SILENCE_S,
            play_beep=False,
            trim="trim-silence",
        )
        # Twilio goes on here when nothing was recorded.
        response.redirect(state.url(TURN), method="POST")
        return str(response)
    gather = Gather(
        input="dtmf speech",
        action=state.url(TURN),
        method="POST",
        language=phrase.language.locale,
        speech_timeout="auto",
        timeout=SPEECH_TIMEOUT_S,
        action_on_empty_result=True,
        **({"hints": "$OOV_CLASS_DIGIT_SEQUENCE"} if asked == "phone" else {}),
    )
    _say(gather, phrase)
    response.append(gather)
    return str(response)


def connect(url: str, parameters: dict[str, str], following: str) -> str:
    """Hand the call's audio to our socket, and ask `following` what to do when that is over."""
    response = VoiceResponse()
    stream = Stream(url=url)
    for name, value in parameters.items():
        if value:
            stream.parameter(name=name, value=value)
    connected = Connect()
    connected.append(stream)
    response.append(connected)
    response.redirect(following, method="POST")
    return str(response)


def done() -> str:
    """Hang up."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def transfer(number: str, whisper: str, caller_id: str) -> str:
    """Put the caller through; the colleague hears `whisper`'s TwiML first."""
    response = VoiceResponse()
    dial = response.dial(**({"caller_id": caller_id} if caller_id else {}))
    if number.startswith("sip:"):
        dial.sip(number, **({"url": whisper} if whisper else {}))
    else:
        dial.number(number, **({"url": whisper} if whisper else {}))
    return str(response)


def whisper(text: str, language: Language) -> str:
    """What a colleague hears before they are connected."""
    response = VoiceResponse()
    response.say(text, language=language.locale, voice=language.voices.get("twilio"))
    return str(response)


def hang_up(phrase: Phrase) -> str:
    """Say something to its end, then hang up."""
    response = VoiceResponse()
    _say(response, phrase)
    response.hangup()
    return str(response)


def try_again(state: State, phrase: Phrase) -> str:
    """Say something, then come back with the same turn: the caller does not have to repeat it."""
    response = VoiceResponse()
    _say(response, phrase)
    response.pause(length=1)
    response.redirect(state.url(TURN), method="POST")
    return str(response)


def _say(parent: VoiceResponse | Gather, phrase: Phrase) -> None:
    if phrase.key:
        parent.play(f"{AUDIO}/{phrase.key}")
    else:
        parent.say(phrase.text, language=phrase.language.locale, voice=phrase.language.voices.get("twilio"))
