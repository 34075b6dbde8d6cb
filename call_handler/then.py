"""What follows once a call's audio is over: nothing more, a colleague, or words for a machine."""

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class HangUp:
    """The call ends."""

    reason: ClassVar[str] = "hangup"


@dataclass(frozen=True, slots=True)
class Transfer:
    """The caller is put through to a colleague, who learns first what it is about."""

    number: str
    announce: Literal["spoken", "text", "none"]
    summary: str
    language: str
    reason: ClassVar[str] = "transfer"


@dataclass(frozen=True, slots=True)
class Message:
    """A machine has answered: the text is left on it, if there is one."""

    text: str
    language: str
    reason: ClassVar[str] = "machine"


Then = HangUp | Transfer | Message
