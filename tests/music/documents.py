"""MusicXML documents written by hand, after the MusicXML 4.0 reference."""

import io
import re

from genart.music import musicxml
from genart.music.score import Score


def notes(score: Score) -> list[list[tuple[int, int, int]]]:
    return [[(note.start, note.end, note.pitch) for note in track.notes] for track in score.voices]


def document(*measures: str, parts: str = "", divisions: int = 1, head: str = "") -> bytes:
    """A document of one part, or of several whose measures are separated by "|"."""
    listed = parts or '<score-part id="P1"><part-name>Solo</part-name></score-part>'
    bodies = {
        identity: [m.split("|")[i] for m in measures] for i, identity in enumerate(re.findall('id="(P.)"', listed))
    }
    text = "".join(
        f'<part id="{identity}">'
        + "".join(
            f'<measure number="{i}"><attributes>{f"<divisions>{divisions}</divisions>" if i == 1 else ""}</attributes>'
            f"{body}</measure>"
            for i, body in enumerate(bars, 1)
        )
        + "</part>"
        for identity, bars in bodies.items()
    )
    return f'<score-partwise version="4.0">{head}<part-list>{listed}</part-list>{text}</score-partwise>'.encode()


def read(data: bytes) -> Score:
    return musicxml.read(io.BytesIO(data))


def note(step: str, duration: int = 1, inside: str = "", *, octave: int = 4, after: str = "", before: str = "") -> str:
    pitch = f"<pitch><step>{step}</step>{inside}<octave>{octave}</octave></pitch>"
    return f"<note>{before}{pitch}<duration>{duration}</duration>{after}</note>"
