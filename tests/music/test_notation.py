"""Written rhythm, spelling, staves and words. What is expected is what a copyist would write."""

from fractions import Fraction

import pytest
from mido import Message, MetaMessage

from genart.errors import InputError
from genart.music import rhythm, spelling
from genart.music.key import KeyName
from genart.music.lyrics import Syllable, add_text, by_track, syllables
from genart.music.notation import Notation, notate
from genart.music.quantize import QUARTER, Chord, Measure
from genart.music.score import Event, Key, Meter, Note, Score, Track

NOTE = Note(start=0, end=1, pitch=60)
LETTERS = {"whole": "w", "half": "h", "quarter": "q", "eighth": "e", "16th": "s", "32nd": "t", "64th": "x", "": "bar"}


def written(meter: str, spans: str, *, pickup: float = 0) -> str:
    """The signs of a bar whose notes are given as "0-1 1-5/2" in quarters; r is a rest, 3 a triplet, ~ a tie."""
    whole = Meter.parse(meter)
    length = round(pickup * QUARTER) or rhythm.periods(whole)[0]
    measure = Measure(number=0 if pickup else 1, start=0, length=length, ticks=(0, 1), meter=whole)
    chords = []
    for span in spans.split():
        start, end = (round(Fraction(place) * QUARTER) for place in span.split("-"))
        chords.append(Chord(start=start, end=end, notes=(NOTE,)))
    return " ".join(_sign(sign) for sign in rhythm.write(chords, measure))


def _sign(sign: rhythm.Sign) -> str:
    rest = "" if sign.chord else "r"
    return f"{rest}{LETTERS[sign.value]}{'.' * sign.dots}{'3' * sign.triplet}{'~' * sign.ties[1]}"


@pytest.mark.parametrize(
    ("meter", "spans", "expected"),
    [
        ("4/4", "0-4", "w"),
        ("4/4", "", "rbar"),
        ("4/4", "0-3/2 3/2-2 2-3 3-4", "q. e q q"),
        ("4/4", "0-1/2 1/2-3/2 3/2-2", "e q e rh"),  # a syncopation within the half
        ("4/4", "3/2-5/2", "rq re e~ e re rq"),  # the middle of the bar is seen
        ("4/4", "1-3", "rq h rq"),  # but for this one
        ("4/4", "1-5/2", "rq q~ e re rq"),
        ("4/4", "1-4", "rq h."),
        ("4/4", "0-5/2", "h~ e re rq"),
        ("4/4", "0-7/4 7/4-2", "q~ e. s rh"),
        ("4/4", "1/4-1", "rs e. rq rh"),
        ("3/4", "0-5/2", "h~ e re"),
        ("3/4", "1-3", "rq h"),
        ("3/4", "2-3", "rq rq q"),  # no half rest in three
        ("6/8", "0-3/4 3/4-1 1-3/2 3/2-3", "e. s e q."),
        ("6/8", "0-2", "q.~ e re re"),  # the second beat is seen
        ("6/8", "3/2-2", "rq. e re re"),
        ("9/8", "0-9/2", "h.~ q."),
        ("5/4", "0-5", "w~ q"),
        ("4/4", "0-1/3 1/3-2/3 2/3-1", "e3 e3 e3 rq rh"),
        ("4/4", "0-2/3 2/3-4/3 4/3-2", "q3 q3 q3 rh"),  # triplets of quarters
        ("4/4", "1/3-1 1-4/3 4/3-4", "re3 q3 e3 q3~ h"),
        ("4/4", "0-1/6 1/6-1/3 1/3-1/2 1/2-1", "s3 s3 s3 e rq rh"),  # a triplet in half a beat
        ("4/4", "0-1/3 1/3-1/2 1/2-2/3 2/3-1", "e3 s3 s3 e3 rq rh"),
    ],
)
def test_rhythm_is_written_so_that_beats_are_seen(meter, spans, expected):
    assert written(meter, spans) == expected


def test_pickups_end_their_bar():
    assert written("4/4", "0-1", pickup=1) == "q"
    assert written("6/8", "0-1/2", pickup=0.5) == "e"
    assert written("4/4", "0-3/2", pickup=1.5) == "q."  # from the half of the third beat on


@pytest.mark.parametrize(
    ("meter", "spans", "beams"),
    [
        ("4/4", "0-1/2 1/2-1 1-3/2 3/2-2", ["begin", "continue", "continue", "end"]),
        ("3/4", "0-1/2 1/2-1 1-3/2 3/2-2", ["begin", "end", "begin", "end"]),
        ("6/8", "0-1/2 1/2-1 1-3/2 3/2-2 2-5/2 5/2-3", ["begin", "continue", "end"] * 2),
        ("4/4", "0-3/4 3/4-1", ["begin", "end backward hook"]),
        ("4/4", "0-1/4 1/4-1/2 1/2-1", ["begin begin", "continue end", "end"]),
        ("4/4", "0-1/2 1-3/2", ["", ""]),
    ],
)
def test_beams_show_beats(meter, spans, beams):
    measure = Measure(
        number=1, start=0, length=rhythm.periods(Meter.parse(meter))[0], ticks=(0, 1), meter=Meter.parse(meter)
    )
    places = [[round(Fraction(place) * QUARTER) for place in span.split("-")] for span in spans.split()]
    signs = rhythm.write([Chord(start=start, end=end, notes=(NOTE,)) for start, end in places], measure)
    assert [" ".join(sign.beams) for sign in signs if sign.chord] == beams


def test_every_bar_is_filled_whatever_its_notes():
    """All pairs of places on the grid in a bar of 4/4, as one note: nothing is lost, each sign has a length it can."""
    meter = Meter(numerator=4, denominator=4)
    measure = Measure(number=1, start=0, length=192, ticks=(0, 1), meter=meter)
    grid = sorted({*range(0, 193, 3), *range(0, 193, 4)})
    for start in grid[::3]:
        for end in (place for place in grid[::5] if place > start):
            signs = rhythm.write([Chord(start=start, end=end, notes=(NOTE,))], measure)
            assert sum(sign.length for sign in signs) == 192
            assert [sign.start for sign in signs[1:]] == [sign.start + sign.length for sign in signs[:-1]]
            for sign in signs:
                if sign.value:
                    nominal = rhythm.VALUES[sign.length * (3 if sign.triplet else 2)]
                    assert nominal == (sign.value, sign.dots)


def spelled(pitches: str, key: str) -> str:
    found = spelling.spell([int(pitch) for pitch in pitches.split()], [(0, KeyName.parse(key))])
    return " ".join(map(str, found))


@pytest.mark.parametrize(
    ("pitches", "key", "names"),
    [
        ("60 62 64 65 67 69 71 72", "C", "C4 D4 E4 F4 G4 A4 B4 C5"),
        ("65 67 69 70 72 74 76 77", "F", "F4 G4 A4 Bb4 C5 D5 E5 F5"),
        ("66 68 70 71 73 75 77 78", "Gb", "Gb4 Ab4 Bb4 Cb5 Db5 Eb5 F5 Gb5"),
        ("66 68 70 71 73 75 77 78", "F#", "F#4 G#4 A#4 B4 C#5 D#5 E#5 F#5"),
        ("69 68 69 71 72 74 76 75 76", "Am", "A4 G#4 A4 B4 C5 D5 E5 D#5 E5"),  # leading tones to A and to E
        ("59 60", "C", "B3 C4"),
        ("73 75 76 72 73", "C#m", "C#5 D#5 E5 B#4 C#5"),
        # Grieg's mountain king in B minor: E sharp throughout, for it leads to F sharp
        ("59 61 62 64 66 62 66 65 61 65 64 60 64", "Bm", "B3 C#4 D4 E4 F#4 D4 F#4 E#4 C#4 E#4 E4 C4 E4"),
    ],
)
def test_spelling_follows_key_and_surroundings(pitches, key, names):
    assert spelled(pitches, key) == names


def test_signatures():
    for fifths in range(-7, 8):
        for mode in ("major", "minor"):
            assert spelling.signature(spelling.of_signature(fifths, mode=mode)) == fifths
    assert {letter for letter, alter in spelling.altered(KeyName.parse("Ab")).items() if alter} == set("BEAD")


def voice(pitches: str, name: str = "", *, length: int = 480, **options) -> Track:
    notes = [
        Note(start=length * i, end=length * i + length, pitch=int(pitch))
        for i, pitch in enumerate(pitches.split())
        if pitch != "r"
    ]
    return Track.make(name=name, notes=notes, **options)


def accidentals(notation: Notation, *, part: int = 0) -> list[str]:
    bars = [bar for v in notation.parts[part].voices for bar in v.bars]
    return [head.accidental + "?" * head.courtesy for bar in bars for _, heads in bar for head in heads]


def test_accidentals_hold_for_a_bar():
    score = Score.make(voices=[voice("66 66 65 66 66 65 67 67")], keys=[Key(name="C")])
    #                                 F# (F#) F  F#  | F#      F
    assert accidentals(notate(score)) == ["sharp", "", "natural", "sharp", "sharp", "natural", "", ""]
    score = Score.make(voices=[voice("66 67 67 67 65 67 67 67")], keys=[Key(name="C")])
    assert accidentals(notate(score)) == ["sharp", "", "", "", "natural?", "", "", ""]  # a reminder


def test_accidentals_are_not_repeated_over_ties():
    tied = Track.make(name="", notes=[Note(start=960, end=2880, pitch=66), Note(start=2880, end=3360, pitch=66)])
    assert accidentals(notate(Score.make(voices=[tied], keys=[Key(name="C")]))) == ["sharp", "", "sharp"]


def clefs(*tracks: Track, staves: int | None = None) -> list[tuple[str, int]]:
    notation = notate(Score.make(voices=tracks), staves=staves)
    return [(clef.sign, clef.octaves) for part in notation.parts for clef in part.clefs]


def test_clefs():
    satb = [
        voice(pitches, name) for pitches, name in (("72", "Soprano"), ("67", "Alto"), ("60", "Tenor"), ("48", "Bass"))
    ]
    assert clefs(*satb) == [("G", 0), ("G", 0), ("G", -1), ("F", 0)]
    assert clefs(*satb, staves=2) == [("G", 0), ("F", 0)]
    assert clefs(voice("60 62 64", "Ténor")) == [("G", -1)]
    assert clefs(voice("55 57 55", "Alto II")) == [("G", 0)]
    assert clefs(voice("40 45 50", program=25)) == [("G", -1)]  # a guitar
    assert clefs(voice("31 33 28", program=33)) == [("F", -1)]
    assert clefs(voice("96 98 100")) == [("G", 1)]
    assert clefs(voice("36 38 42", channel=9)) == [("percussion", 0)]


def test_chords_of_wide_range_take_two_staves():
    hands = [Note(start=0, end=480, pitch=pitch) for pitch in (40, 47, 52, 67, 72, 76)]
    assert clefs(Track.make(name="Piano", notes=hands)) == [("G", 0), ("F", 0)]
    near = [Note(start=0, end=480, pitch=pitch) for pitch in (59, 62, 67)]
    assert clefs(Track.make(name="Piano", notes=near)) == [("G", 0)]


def test_closed_score_orders_voices_and_points_stems_apart():
    names = {"Bass": "48 50", "Tenor": "60 60", "Alto": "64 65", "Melody": "72 74"}
    notation = notate(Score.make(voices=[voice(pitches, name) for name, pitches in names.items()]), staves=2)
    assert [[track.name for track in part.tracks] for part in notation.parts] == [["Melody", "Alto"], ["Tenor", "Bass"]]
    assert [v.stem for part in notation.parts for v in part.voices] == ["up", "down"] * 2
    assert notation.choir


@pytest.mark.parametrize(
    ("tracks", "staves", "message"),
    [
        ([voice("60")], 3, "3 staves: scores of voices have 2 or 4; leave it out for a staff for each track"),
        ([voice("60")], 4, "4 staves are for four voices and the score has 1: leave out the number of staves"),
        ([voice("60")], 2, "2 staves hold two to four voices and the score has 1: leave out the number of staves"),
        ([voice("60"), voice("38", "Kit", channel=9)], 2, "Kit has drums, and 2 staves are for voices: leave out"),
        ([], None, "the score has no notes that last, so there is nothing to write"),
    ],
)
def test_what_does_not_fit_is_refused(tracks, staves, message):
    with pytest.raises(InputError, match=f"^{message}"):
        notate(Score.make(voices=tracks), staves=staves)


def test_chords_do_not_fit_a_closed_score():
    chord = Track.make(name="Lute", notes=[Note(start=0, end=480, pitch=pitch) for pitch in (60, 64)])
    with pytest.raises(InputError, match="^Lute has several notes at a time, and 2 staves are for voices"):
        notate(Score.make(voices=[voice("72"), chord]), staves=2)


def test_files_of_one_track_are_written_by_channels():
    notes = (Note(start=0, end=480, pitch=72), Note(start=0, end=480, pitch=40, channel=3))
    programs = (Event(tick=0, message=Message("program_change", channel=3, program=32)),)
    notation = notate(Score(tracks=(Track(notes=notes, events=programs),)))
    assert [part.tracks[0].program for part in notation.parts] == [None, 32]


@pytest.mark.parametrize(
    ("lyrics", "expected"),
    [
        (["mu-", "sic", "now"], "begin end single"),
        ([" mu", "sic", " now "], "begin end single"),  # karaoke: blanks between words
        (["/Mu-", "si-", "cians\r"], "begin middle end"),
        (["a", "b"], "single single"),
        (["gone-"], "begin"),
    ],
)
def test_syllables_know_their_place(lyrics, expected):
    found = syllables(list(enumerate(lyrics)))
    assert " ".join(syllable.place for syllable in found.values()) == expected
    assert all(syllable.text == syllable.text.strip("-/ \r") for syllable in found.values())


def sung(words: str, pitches: str, name: str) -> Track:
    events = [Event(tick=480 * i, message=MetaMessage("lyrics", text=word)) for i, word in enumerate(words.split())]
    return voice(pitches, name, events=[event for event in events if event.message.text != "_"])


def test_voices_that_move_with_the_melody_get_its_words():
    alto = Track.make(name="Alto", notes=[Note(start=0, end=960, pitch=60), Note(start=960, end=1440, pitch=62)])
    drums = voice("36 36 36", channel=9)
    score = Score.make(voices=[sung("glo- ri- a", "72 74 76", "Melody"), alto, drums])
    every = by_track(add_text(score))
    assert every == {1: [(0, "glo-"), (480, "ri-"), (960, "a")], 2: [(0, "glo-"), (960, "a")]}
    assert by_track(add_text(add_text(score), text="melody")) == by_track(score)
    assert by_track(add_text(score, text="none")) == {}
    assert add_text(Score.make(voices=[alto])).lyrics == ()
    with pytest.raises(InputError, match=r"^text 'some': it is melody, all or none$"):
        add_text(score, text="some")


def test_words_in_a_track_of_their_own_go_to_who_sings_them():
    words = Track(events=tuple(Event(tick=t, message=MetaMessage("lyrics", text="la")) for t in (480, 960)))
    score = Score(tracks=(words, voice("60 r r r"), voice("r 60 62 r")))
    assert by_track(score) == {2: [(480, "la"), (960, "la")]}


def test_a_syllable_on_several_notes_says_so():
    notation = notate(Score.make(voices=[sung("ah _ _ men", "60 62 64 65", "Solo")]))
    assert notation.parts[0].voices[0].words == {0: Syllable(text="ah", melisma=True), 144: Syllable(text="men")}


def test_played_music_is_brought_onto_the_grid():
    early_and_late = [0, -20, 31, 12, -25, 18, 40, -33]  # ticks of 480, as a player is
    notes = [
        Note(start=max(480 * i + off, 0), end=480 * i + 400 - off, pitch=60 + i) for i, off in enumerate(early_and_late)
    ]
    notation = notate(Score.make(voices=[Track.make(name="", notes=notes)]))
    signs = [sign for bar in notation.parts[0].voices[0].bars for sign, _ in bar]
    assert [(sign.start, sign.value) for sign in signs] == [(48 * i, "quarter") for i in range(8)]


def test_detached_notes_are_written_whole_and_true_rests_kept():
    def values(*ends: int) -> list[str]:
        notes = [Note(start=480 * i, end=480 * i + end, pitch=60) for i, end in enumerate(ends)]
        notation = notate(Score.make(voices=[Track.make(name="", notes=notes)]))
        return [_sign(sign) for sign, _ in notation.parts[0].voices[0].bars[0]]

    assert values(455, 455, 455, 455) == ["q", "q", "q", "q"]  # MuseScore's 95 %
    assert values(400, 432, 450, 479) == ["q", "q", "q", "q"]
    assert values(240, 480, 480, 480) == ["e", "re", "q", "q", "q"]


def test_keys_and_tempos_wait_for_bars():
    score = Score.make(
        voices=[voice("60 62 64 65 67 69 71 72")],
        keys=[Key(name="C"), Key(tick=960, name="G"), Key(tick=1920, name="G")],
    )
    assert {bar: key.midi for bar, key in notate(score).keys.items()} == {0: "C", 1: "G"}
    assert notate(Score.make(voices=[voice("65 67 69 70 72 74 76 77")])).keys[0].midi == "F"  # heard
