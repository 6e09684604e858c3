"""Words sung to notes: syllables in MIDI files, in print, and lent from the melody to voices that move with it."""

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from mido import MetaMessage

from genart.errors import InputError
from genart.music.messages import file_text, plain_text
from genart.music.score import Event, Score, Track

TEXTS = ("melody", "all", "none")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Syllable:
    """A syllable: whether it goes on with a word, and the word after it, and whether more notes are sung to it."""

    text: str
    continues: bool = False
    continued: bool = False
    melisma: bool = False

    @property
    def place(self) -> str:
        """Its place in the word, as MusicXML says it: "single", "begin", "middle" or "end"."""
        return {(False, False): "single", (False, True): "begin", (True, True): "middle", (True, False): "end"}[
            self.continues, self.continued
        ]

    @property
    def midi(self) -> str:
        """As MIDI files have it: "mu-" and "sic"."""
        return f"{self.text}-" if self.continued else self.text


def syllables(lyrics: Sequence[tuple[int, str]]) -> dict[int, Syllable]:
    """The syllables of one voice by their ticks, from (tick, text) as they lie in a MIDI file.

    A word goes on after a hyphen ("mu-", "sic"); in files without any, where blanks stand between words (" mu",
    "sic"), it goes on where none is. Signs of new lines and paragraphs (/ \\ and line ends) are left out.
    """
    given = [(tick, re.sub(r"[\r\n/\\]+", " ", text)) for tick, text in lyrics]
    given = [(tick, text) for tick, text in given if text.strip(" -_")]
    hyphens = any(text.rstrip().endswith("-") for _, text in given)
    blanks = not hyphens and any(text != text.strip() for _, text in given)
    found: dict[int, Syllable] = {}
    joined = False
    for (tick, text), (_, following) in itertools.pairwise([*given, (0, " ")]):
        parted = text.endswith(" ") or following.startswith(" ")
        goes_on = not parted if blanks else text.rstrip().endswith("-")
        found[tick] = Syllable(text=text.strip().rstrip("-").strip(), continues=joined, continued=goes_on)
        joined = goes_on
    return found


def by_track(score: Score) -> dict[int, list[tuple[int, str]]]:
    """(tick, text) of the lyrics sung by each track that has any, by its place among the score's tracks.

    Lyrics in a track without notes, as karaoke files have them, go to the track whose notes start with most of them.
    """
    found: dict[int, list[tuple[int, str]]] = {}
    for index, track in enumerate(score.tracks):
        pairs = [(tick, plain_text(message.text)) for tick, message in track.messages("lyrics")]
        if pairs:
            singer = index if track.notes else _singer(score, [tick for tick, _ in pairs])
            found.setdefault(singer, []).extend(pairs)
    return {index: sorted(pairs, key=lambda pair: pair[0]) for index, pairs in sorted(found.items())}


def _singer(score: Score, ticks: Iterable[int]) -> int:
    wanted = set(ticks)
    starts = [{note.start for note in track.notes} for track in score.tracks]
    return max(range(len(starts)), key=lambda i: len(wanted & starts[i]) - 1e-6 * len(starts[i]))


def known_text(text: str) -> str:
    """The text itself. Raises InputError for what is none of `TEXTS`."""
    if text not in TEXTS:
        raise InputError(f"text {text!r}: it is {', '.join(TEXTS[:-1])} or {TEXTS[-1]}")
    return text


def add_text(score: Score, *, text: str = "all") -> Score:
    """Lend the melody's syllables to the voices that move with it, or take lyrics away.

    Parameters
    ----------
    score
        One whose melody has lyrics; without any it is returned as it is.
    text
        "all": every voice without words of its own gets the syllables with which one of its notes starts.
        "melody": only the voice with most syllables keeps its own. "none": there are no lyrics.

    Raises
    ------
    InputError
        `text` is none of these.
    """
    known_text(text)
    sung = by_track(score)
    if not sung:
        return score
    melody = max(sung, key=lambda index: len(sung[index]))
    tracks = []
    for index, track in enumerate(score.tracks):
        silent = text == "none" or (text == "melody" and index != melody and track.notes)
        if silent:
            track = dataclasses.replace(track, events=_without_lyrics(track))
        elif text == "all" and track.notes and not track.is_drums and index not in sung:
            track = dataclasses.replace(track, events=(*track.events, *_lent(dict(sung[melody]), track)))
        tracks.append(track)
    return dataclasses.replace(score, tracks=tuple(tracks))


def _without_lyrics(track: Track) -> tuple[Event, ...]:
    return tuple(event for event in track.events if event.message.type != "lyrics")


def _lent(words: Mapping[int, str], track: Track) -> list[Event]:
    ticks = sorted({note.start for note in track.notes} & set(words))
    return [Event(tick=tick, message=MetaMessage("lyrics", text=file_text(words[tick]))) for tick in ticks]
