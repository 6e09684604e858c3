"""MIDI messages as they lie in files: bytes to mido messages and back, nothing lost.

mido's own file reader is not used, for it drops the time before meta events that it does not know, stops at key
signatures and other meta events of unusual content, and changes sysex events that come in several packets.
"""

from typing import Any

from mido import Message
from mido.frozen import Frozen, FrozenMessage, FrozenUnknownMetaMessage, freeze_message, is_frozen
from mido.messages.messages import BaseMessage
from mido.midifiles.meta import build_meta_message

AnyMessage = Any  # a mido message; their attributes (program, text ...) are made at run time, unknown to type checkers
META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7


class SysexPacket(Frozen, BaseMessage):
    """What mido has no message for: a sysex not closed by 0xF7 (status 0xF0), its continuations and escapes (0xF7)."""

    type: str
    status: int
    data: bytes
    time: int

    def __init__(self, *, status: int, data: bytes, time: int = 0) -> None:
        self.__dict__.update(type="sysex_packet", status=status, data=data, time=time)

    def copy(self, *, time: int = 0) -> "SysexPacket":
        return SysexPacket(status=self.status, data=self.data, time=time)

    def _get_value_names(self) -> list[str]:
        return ["status", "data", "time"]


def decode(status: int, kind: int, data: bytes) -> AnyMessage:
    """The message of a status byte, the kind if it is a meta event, and the data that follow (its length left out).

    A meta event that mido cannot decode and encode to the same bytes becomes an UnknownMetaMessage.
    """
    if status == META:
        try:
            message = build_meta_message(kind, data)
            if bytes(message.bytes()) == bytes([META, kind]) + variable(len(data)) + data:
                return freeze_message(message)
        except Exception:  # mido raises a dozen kinds on unusual content
            pass
        return FrozenUnknownMetaMessage(kind, data)
    if status == SYSEX and data[-1:] == b"\xf7" and max(data[:-1], default=0) < 128:
        return freeze_message(Message("sysex", data=data[:-1]))
    if status in (SYSEX, ESCAPE):
        return SysexPacket(status=status, data=data)
    return FrozenMessage.from_bytes([status, *data])


def encode(message: AnyMessage) -> bytes:
    """A message as it lies in a file, after its delta time."""
    if isinstance(message, SysexPacket):
        return bytes([message.status]) + variable(len(message.data)) + message.data
    encoded = bytes(message.bytes())
    if encoded[0] == SYSEX:
        return encoded[:1] + variable(len(encoded) - 1) + encoded[1:]
    return encoded


def variable(number: int) -> bytes:
    """A number as MIDI's variable-length quantity."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))


def settle(message: AnyMessage) -> AnyMessage:
    """The message frozen, without time, and its text such that a file can hold it."""
    if is_frozen(message) and vars(message)["time"] == 0:
        return message
    settled = message.copy(time=0)
    for name in ("text", "name"):
        if any(ord(character) > 255 for character in vars(settled).get(name, "")):
            vars(settled)[name] = file_text(vars(settled)[name])
    return freeze_message(settled)


def file_text(text: str) -> str:
    """The text as mido takes it, one character a byte, for a file in UTF-8."""
    return text.encode().decode("latin1")


def plain_text(text: str) -> str:
    """What a text from mido says: UTF-8 where its bytes are valid as that, else Latin-1."""
    try:
        return text.encode("latin1").decode()
    except UnicodeDecodeError:
        return text
