"""A score as a musician reads it: parts with staves, voices, spelled pitches with their accidentals, words."""

import bisect
import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from genart.errors import InputError
from genart.music import lyrics, rhythm, spelling
from genart.music import staves as layout
from genart.music.key import KeyName, estimate
from genart.music.lyrics import Syllable
from genart.music.quantize import Chord, Measure, Ruler
from genart.music.rhythm import Sign
from genart.music.score import Note, Score, Track
from genart.music.spelling import Spelled
from genart.music.staves import Clef, Group, Staff
from genart.recipe import NAMELESS

STAVES = (None, 2, 4)
ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}

Spelling = Mapping[tuple[int, int], Spelled]  # by tick and MIDI pitch


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """A note of a written chord: its spelling and the accidental before it, "" for none.

    A `courtesy` accidental only reminds that another one of the bar before is over.
    """

    note: Note
    pitch: Spelled
    accidental: str = ""
    courtesy: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """A line on a staff (from 1): signs with their heads, bar by bar, and syllables by the starts of signs.

    A bar is () where nothing of the voice is printed. `stem` is "up" or "down": where the voice's stems point in bars
    that it shares with another. Rests that are not `printed` take time but leave no sign.
    """

    staff: int
    bars: tuple[tuple[tuple[Sign, tuple[Head, ...]], ...], ...]
    words: Mapping[int, Syllable]
    stem: str
    printed: bool


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The tracks that a part is made of, a clef for each of its staves, and its voices from the top."""

    tracks: tuple[Track, ...]
    clefs: tuple[Clef, ...]
    voices: tuple[Voice, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Notation:
    """A written score.

    Attributes
    ----------
    title : "" if not known
    measures : its bars
    keys : key signatures, by the index of the bar that they begin
    tempos : (index of a bar, 48ths of a quarter from its start, quarters a minute)
    parts : from the top
    choir : whether the parts are the voices of a choir
    """

    title: str
    measures: tuple[Measure, ...]
    keys: Mapping[int, KeyName]
    tempos: tuple[tuple[int, int, float], ...]
    parts: tuple[Part, ...]
    choir: bool


def notate(score: Score, *, staves: int | None = None) -> Notation:
    """Write a score down.

    Parameters
    ----------
    score
        Each track with notes becomes a part; chords of wide range get two staves, drums a staff of their own. Music
        that was played is brought onto the grid, see :mod:`genart.music.quantize`.
    staves
        2 puts two to four voices on two, as hymnals do; 4 asks for four voices, a staff each; by default
        every part has its own, whatever their number.

    Raises
    ------
    InputError
        There are no notes, or the score does not fit on so many staves.
    """
    if staves not in STAVES:
        raise InputError(f"{staves} staves: scores of voices have 2 or 4; leave it out for a staff for each track")
    score = _by_channel(score)
    places = [index for index, track in enumerate(score.tracks) if any(note.end > note.start for note in track.notes)]
    if not places:
        raise InputError("the score has no notes that last, so there is nothing to write")
    ruler = Ruler(score)
    sung = {index: lyrics.syllables(pairs) for index, pairs in lyrics.by_track(score).items()}
    tracks = [(score.tracks[index], {ruler.onset(t): s for t, s in sung.get(index, {}).items()}) for index in places]
    if staves is not None:
        layout.check_voices([track for track, _ in tracks], ruler, staves=staves)
    groups = (layout.closed_score if staves == 2 else layout.open_score)(tracks, ruler)
    keys = _keys(score, ruler)
    spelled = _spelled(score, ruler, keys)
    return Notation(
        title=_title(score),
        measures=tuple(ruler.measures),
        keys=keys,
        tempos=tuple(_tempos(score, ruler)),
        parts=tuple(_part(group, ruler, keys, spelled) for group in groups),
        choir=staves == 2 or layout.choir([track for track, _ in tracks]) is not None,
    )


def _by_channel(score: Score) -> Score:
    """The score with a track for each channel, as files of type 0 have all in one."""
    tracks: list[Track] = []
    for track in score.tracks:
        if len(track.channels) < 2:
            tracks.append(track)
            continue
        tracks.append(Track(events=tuple(e for e in track.events if not hasattr(e.message, "channel"))))
        for channel in track.channels:
            own = tuple(event for event in track.events if getattr(event.message, "channel", None) == channel)
            tracks.append(Track(notes=tuple(n for n in track.notes if n.channel == channel), events=own))
    return dataclasses.replace(score, tracks=tuple(tracks))


def _part(group: Group, ruler: Ruler, keys: Mapping[int, KeyName], spelled: Spelling) -> Part:
    voices = []
    for number, staff in enumerate(group.staves, 1):
        written = [[_written(line, measure) for measure in ruler.measures] for line, _ in staff.lines]
        bars = [_bar([signs[i] for signs in written], staff) for i in range(len(ruler.measures))]
        headed = list(_headed(bars, keys, spelled))
        for i, (line, words) in enumerate(staff.lines):
            voices.append(
                Voice(
                    staff=number,
                    bars=tuple(tuple(bar[i]) for bar in headed),
                    words=_drawn_out(line, words),
                    stem=("up", "down")[i % 2],
                    printed=staff.choir or i == 0,
                )
            )
    clefs = tuple(staff.clef for staff in group.staves)
    return Part(tracks=tuple(group.tracks), clefs=clefs, voices=tuple(voices))


def _written(line: Sequence[Chord], measure: Measure) -> list[Sign]:
    first = bisect.bisect_right(line, measure.start, key=lambda chord: chord.end)
    last = bisect.bisect_left(line, measure.start + measure.length, key=lambda chord: chord.start)
    return rhythm.write(line[first:last], measure)


def _bar(signs: list[list[Sign]], staff: Staff) -> list[list[Sign]]:
    """The signs of each line in a bar, [] for lines that are silent beside others and no voices of a choir."""
    silent = [all(sign.chord is None for sign in line) for line in signs]
    hidden = [silent[i] and i > 0 and (all(silent) or not staff.choir) for i in range(len(signs))]
    return [[] if hide else line for hide, line in zip(hidden, signs, strict=True)]


def _headed(
    bars: Sequence[list[list[Sign]]], keys: Mapping[int, KeyName], spelled: Spelling
) -> Iterator[list[list[tuple[Sign, tuple[Head, ...]]]]]:
    """The signs of a staff's lines with their heads; accidentals hold for a bar, and for all lines."""
    key, before = keys[0], {}
    for index, lines in enumerate(bars):
        key = keys.get(index, key)
        plain = spelling.altered(key)
        now: dict[int, int] = {}  # place on the staff -> what it is altered by in this bar
        heads: dict[tuple[int, int], tuple[Head, ...]] = {}
        order = sorted((sign.start, i, j) for i, line in enumerate(lines) for j, sign in enumerate(line))
        for _, i, j in order:
            sign = lines[i][j]
            notes = sign.chord.notes if sign.chord else ()
            found = []
            for note in notes:
                pitch = spelled[note.start, note.pitch]
                usual = now.get(pitch.place, plain[pitch.step])
                courtesy = pitch.place not in now and before.get(pitch.place, pitch.alter) != pitch.alter
                needed = (pitch.alter != usual or courtesy) and not sign.ties[0]
                if not sign.ties[0]:
                    now[pitch.place] = pitch.alter
                name = ACCIDENTALS[pitch.alter] if needed else ""
                found.append(Head(note=note, pitch=pitch, accidental=name, courtesy=needed and pitch.alter == usual))
            heads[i, j] = tuple(found)
        before = now
        yield [[(sign, heads[i, j]) for j, sign in enumerate(line)] for i, line in enumerate(lines)]


def _drawn_out(line: Sequence[Chord], words: Mapping[int, Syllable]) -> dict[int, Syllable]:
    """The syllables of a line; those that are sung to several notes say so."""
    found = dict(words)
    last = max(words, default=0)
    for chord, following in itertools.pairwise(line):
        own = found.get(chord.start)
        joined = following.start == chord.end and following.start not in words and chord.start < last
        if own and joined and not own.continued:
            found[chord.start] = dataclasses.replace(own, melisma=True)
    return found


def _keys(score: Score, ruler: Ruler) -> dict[int, KeyName]:
    """Key signatures by bars; one that comes inside of a bar waits for the next."""
    starts = [measure.ticks[0] for measure in ruler.measures]
    found: dict[int, KeyName] = {}
    for key in score.keys:
        index = bisect.bisect_left(starts, key.tick)
        if index < len(starts):
            found[index] = KeyName.parse(key.name)
    if 0 not in found:
        notes = [note for track in score.tracks if not track.is_drums for note in track.notes]
        notes.sort(key=lambda note: note.start)
        lengths = [note.end - note.start for note in notes]
        found[0] = estimate([note.pitch for note in notes], lengths) if notes else KeyName.parse("C")
    ordered = sorted(found.items())
    changes = [item for before, item in itertools.pairwise(ordered) if before[1].midi != item[1].midi]
    return dict([ordered[0], *changes])


def _spelled(score: Score, ruler: Ruler, keys: Mapping[int, KeyName]) -> dict[tuple[int, int], Spelled]:
    sounds = sorted({(n.start, n.pitch) for track in score.tracks if not track.is_drums for n in track.notes})
    begins = [(bisect.bisect_left(sounds, (ruler.measures[i].ticks[0], 0)), key) for i, key in keys.items()]
    drums = {(n.start, n.pitch) for track in score.tracks if track.is_drums for n in track.notes}
    spelled = spelling.spell([pitch for _, pitch in sounds], begins)
    return dict.fromkeys(drums, Spelled(step="C", alter=0, octave=5)) | dict(zip(sounds, spelled, strict=True))


def _tempos(score: Score, ruler: Ruler) -> Iterator[tuple[int, int, float]]:
    starts = [measure.start for measure in ruler.measures]
    for tempo in score.tempos:
        place = round(ruler.place(tempo.tick))
        if place < ruler.length:
            index = bisect.bisect_right(starts, place) - 1
            yield index, place - starts[index], tempo.bpm


def _title(score: Score) -> str:
    """The name of the track that holds no notes but the tempo, or of the file that the music was made from."""
    first = score.tracks[0]
    if first.name and not first.notes:
        return first.name
    source = score.recipe.sources[0].name if score.recipe and score.recipe.sources else ""
    if source == NAMELESS:
        return ""
    title = re.sub(r"(\.harmonized[-\d]*)?\.\w+$", "", source)
    title = re.sub(r"[_\s]+", " ", title).strip()
    return title[:1].upper() + title[1:]
