import dataclasses
import itertools
import pickle

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genart.errors import InputError
from genart.music import timing
from genart.music.score import Bar, Event, Key, Meter, Note, Score, Tempo, Track

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be busy


def voice(*notes: tuple[int, int, int], **options) -> Track:
    return Track.make(name="A", notes=[Note(start=s, end=e, pitch=p) for s, e, p in notes], **options)


def score(end: int, *meters: tuple[int, int, int], **options) -> Score:
    """One note from 0 to `end`, with meters as (tick, numerator, denominator)."""
    values = [Meter(tick=tick, numerator=n, denominator=d) for tick, n, d in meters]
    return Score.make(voices=[voice((0, end, 60))], meters=values, **options)


def edges(bars: tuple[Bar, ...]) -> list[tuple[int, int, int]]:
    return [(bar.number, bar.start, bar.end) for bar in bars]


@pytest.mark.parametrize(
    "fields",
    [
        {"start": -1, "end": 0, "pitch": 60},
        {"start": 5, "end": 4, "pitch": 60},
        {"start": 0, "end": 4, "pitch": 128},
        {"start": 0, "end": 4, "pitch": 60, "velocity": 0},
        {"start": 0, "end": 4, "pitch": 60, "channel": 16},
    ],
)
def test_notes_that_cannot_be_are_refused(fields):
    with pytest.raises(InputError, match=r"^Note\(.*\): a note has 0 <= start <= end, a pitch of 0-127"):
        Note(**fields)


def test_equality_leaves_out_what_only_files_need():
    a = Note(start=0, end=1, pitch=60)
    assert dataclasses.replace(a, release=3, order=(4, 5)) == a
    assert dataclasses.replace(a, velocity=3) != a


def test_events_are_settled():
    message = mido.Message("control_change", control=64, value=1, time=99)
    event = Event(tick=7, message=message)
    message.value = 2
    assert (event.message.value, event.message.time) == (1, 0)
    with pytest.raises(ValueError, match="immutable"):
        event.message.value = 3
    with pytest.raises(InputError, match="a tick is 0 or more"):
        Event(tick=-1, message=message)


def test_tracks_are_in_the_order_of_time():
    events = [Event(tick=t, message=mido.MetaMessage("marker", text=str(t))) for t in (9, 3)]
    track = voice((10, 20, 60), (0, 5, 62), events=events)
    assert [note.start for note in track.notes] == [0, 10]
    assert [event.tick for event in track.events] == [0, 3, 9]


def test_track_make_names_and_sets_the_program():
    track = voice((0, 5, 60), program=52, channel=3)
    assert (track.name, track.program, track.program_of(3), track.program_of(0)) == ("A", 52, 52, None)
    assert track.channels == (3,)
    assert voice().program is None
    assert Track().name == ""
    with pytest.raises(InputError, match="^program 128: General MIDI programs are 0-127$"):
        voice(program=128)


def test_drums_are_channel_nine_alone():
    assert voice((0, 5, 36), channel=9).is_drums
    assert not Track(notes=(Note(start=0, end=1, pitch=36, channel=9), Note(start=0, end=1, pitch=36))).is_drums
    assert not Track().is_drums


def test_a_score_is_a_value():
    a, b = score(480, (0, 3, 4)), score(480, (0, 3, 4))
    assert a == b
    assert hash(a) == hash(b)
    assert pickle.loads(pickle.dumps(a)) == a
    assert score(481, (0, 3, 4)) != a


def test_defaults_without_events():
    bare = Score(tracks=(Track(notes=(Note(start=0, end=9, pitch=60),)),))
    assert bare.tempos == (Tempo(bpm=120),)
    assert bare.meters == (Meter(numerator=4, denominator=4),)
    assert (bare.keys, bare.lyrics, bare.end) == ((), (), 9)
    assert Score(tracks=()).bars() == ()
    assert Score(tracks=()).end == 0


def test_what_is_made_is_derived():
    tempos = (Tempo(bpm=90), Tempo(tick=960, bpm=45))
    meters = (Meter(numerator=6, denominator=8), Meter(tick=1440, numerator=2, denominator=4))
    keys = (Key(name="Dm"), Key(tick=1440, name="F#"))
    made = Score.make(voices=[voice((0, 3000, 60))], tempos=tempos, meters=meters, keys=keys)
    assert made.tempos[0].bpm == pytest.approx(90, rel=1e-6)  # MIDI holds whole microseconds
    assert [tempo.microseconds for tempo in made.tempos] == [666_667, 1_333_333]
    assert made.meters == meters
    assert made.keys == keys
    assert made.voices == made.tracks[1:]


def test_the_metronome_clicks_on_the_beats():
    made = score(9, (0, 6, 8), (1440, 3, 4), (2880, 2, 2), (4800, 3, 8))
    clicks = [message.clocks_per_click for _, message in made.tracks[0].messages("time_signature")]
    assert clicks == [36, 24, 48, 12]  # MIDI clocks, 24 a quarter: dotted quarter, quarter, half, eighth


def test_events_count_in_whatever_track_and_the_last_at_a_tick_wins():
    late = Event(tick=0, message=mido.MetaMessage("set_tempo", tempo=250_000))
    made = Score.make(voices=[voice((0, 480, 60), events=[late])])
    assert made.tempos == (Tempo(bpm=240),)


def test_a_tempo_after_the_start_leaves_the_default_before_it():
    assert Score.make(voices=[], tempos=[Tempo(tick=480, bpm=60)]).tempos == (Tempo(bpm=120), Tempo(tick=480, bpm=60))


def test_seconds_follow_the_tempos():
    made = Score.make(
        voices=[], resolution=100, tempos=[Tempo(bpm=60), Tempo(tick=200, bpm=120), Tempo(tick=300, bpm=30)]
    )
    # 200 ticks at 60 are 2 s, then 100 at 120 are 0.5 s, then a quarter lasts 2 s
    assert [made.seconds(t) for t in (0, 100, 200, 250, 300, 400)] == [0, 1, 2, 2.25, 2.5, 4.5]
    assert [made.ticks(s) for s in (0, 1, 2, 2.25, 2.5, 4.5)] == [0, 100, 200, 250, 300, 400]
    assert made.beats(250) == 2.5


@PATIENT
@given(
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(20_000, 0xFFFFFF)), max_size=6),
    st.integers(1, 32767),
    st.integers(0, 20_000),
)
def test_ticks_undo_seconds(changes, resolution, tick):
    tempos = [Tempo(tick=t, bpm=60e6 / us) for t, us in changes]
    made = Score.make(voices=[], resolution=resolution, tempos=tempos)
    assert made.ticks(made.seconds(tick)) == tick


@pytest.mark.parametrize("bpm", [0, -1, 3.5, 2e8, float("nan"), float("inf")])
def test_tempos_that_midi_cannot_hold_are_refused(bpm):
    with pytest.raises(InputError, match="at tick 7: a tempo is 3.58 to 60000000 quarters a minute"):
        Tempo(tick=7, bpm=bpm)


@pytest.mark.parametrize("pair", [(0, 4), (256, 4), (4, 0), (4, 3), (4, 128)])
def test_meters_that_cannot_be_are_refused(pair):
    with pytest.raises(InputError, match=f"^meter {pair[0]}/{pair[1]} at tick 0: a meter is 1-255 beats over"):
        Meter(numerator=pair[0], denominator=pair[1])


def test_meters_from_text():
    assert Meter.parse(" 6/8 ", tick=3) == Meter(tick=3, numerator=6, denominator=8)
    assert str(Meter.parse("12/8")) == "12/8"
    for text in ("", "3", "3/4/4", "-3/4", "³/4", "9999/4"):
        with pytest.raises(InputError, match="write it as two numbers, such as 3/4 or 6/8$"):
            Meter.parse(text)


@pytest.mark.parametrize("name", ["", "H", "G#", "c", "Fbm"])
def test_keys_that_midi_cannot_hold_are_refused(name):
    with pytest.raises(InputError, match=f"^key '{name}': write a tonic with at most seven accidentals"):
        Key(name=name)


def test_all_midi_keys_are_known():
    for name in timing.KEYS.split():
        assert Score.make(voices=[], keys=[Key(name=name)]).keys == (Key(name=name),)
    assert len(timing.KEYS.split()) == 30


def test_resolution_is_checked():
    with pytest.raises(InputError, match="^resolution 0: a quarter has 1-32767 ticks$"):
        Score(tracks=(), resolution=0)


def test_bars_cover_the_last_note():
    assert edges(score(1921).bars()) == [(1, 0, 1920), (2, 1920, 3840)]
    assert edges(score(1920).bars()) == [(1, 0, 1920)]


def test_a_note_of_zero_length_has_a_bar():
    made = Score.make(voices=[voice((1920, 1920, 60))])
    assert edges(made.bars()) == [(1, 0, 1920), (2, 1920, 3840)]


@pytest.mark.parametrize(
    ("meter", "length"),  # at 480 ticks a quarter
    [((2, 4), 960), ((3, 4), 1440), ((6, 8), 1440), ((5, 8), 1200), ((2, 2), 1920), ((12, 8), 2880)],
)
def test_lengths_of_bars(meter, length):
    assert edges(score(2 * length, (0, *meter)).bars()) == [(1, 0, length), (2, length, 2 * length)]


def test_a_short_first_meter_is_a_pickup():
    bars = score(4320, (0, 1, 4), (480, 4, 4)).bars()
    assert edges(bars) == [(0, 0, 480), (1, 480, 2400), (2, 2400, 4320)]
    assert {bar.meter for bar in bars} == {Meter(tick=480, numerator=4, denominator=4)}


def test_a_first_meter_as_long_as_the_second_is_none():
    assert edges(score(4320, (0, 4, 4), (1920, 3, 4)).bars())[0] == (1, 0, 1920)


def test_a_pickup_may_be_given():
    assert edges(score(2400, (0, 4, 4)).bars(pickup=480)) == [(0, 0, 480), (1, 480, 2400)]
    assert edges(score(2400, (0, 1, 4), (480, 4, 4)).bars(pickup=0))[:2] == [(1, 0, 480), (2, 480, 2400)]
    assert edges(score(2400, (0, 1, 4), (480, 4, 4)).bars(pickup=480))[:2] == [(0, 0, 480), (1, 480, 2400)]


def test_a_pickup_written_with_rests_is_bar_0():
    late = Score.make(voices=[voice((960, 1920, 60), (1920, 3840, 62))])  # from the middle of 4/4
    assert edges(late.bars()) == [(0, 0, 1920), (1, 1920, 3840)]
    assert edges(late.bars(pickup=0)) == [(1, 0, 1920), (2, 1920, 3840)]
    for spans in ([(959, 1920, 60), (1920, 3840, 62)], [(960, 1920, 60)], [(1920, 3840, 62)]):
        assert Score.make(voices=[voice(*spans)]).bars()[0].number == 1


@pytest.mark.parametrize("pickup", [-1, 1920, 5000])
def test_a_pickup_is_shorter_than_a_bar(pickup):
    with pytest.raises(InputError, match=f"^a pickup of {pickup} ticks: it must be shorter than a bar of 4/4$"):
        score(9, (0, 4, 4)).bars(pickup=pickup)


def test_meters_change_on_bar_lines_and_within_bars():
    bars = score(6000, (0, 4, 4), (1920, 3, 4), (4000, 2, 4)).bars()
    # 4/4, two of 3/4 of which the second is cut at tick 4000, and 2/4 until 6000 is covered
    assert edges(bars) == [
        (1, 0, 1920),
        (2, 1920, 3360),
        (3, 3360, 4000),
        (4, 4000, 4960),
        (5, 4960, 5920),
        (6, 5920, 6880),
    ]


def test_a_meter_repeated_on_a_bar_line_changes_nothing():
    assert edges(score(5760, (0, 4, 4), (3840, 4, 4)).bars()) == edges(score(5760, (0, 4, 4)).bars())


def test_bars_of_parts_of_ticks():
    # 3/64 at one tick a quarter is 3/16 of a tick, lengthened to one; 5/8 is 2 1/2 ticks
    assert edges(score(2, (0, 3, 64), resolution=1).bars()) == [(1, 0, 1), (2, 1, 2)]
    assert edges(score(8, (0, 5, 8), resolution=1).bars()) == [(1, 0, 2), (2, 2, 5), (3, 5, 7), (4, 7, 10)]


def test_absurd_numbers_of_bars_are_refused():
    with pytest.raises(
        InputError, match=r"^the score is 67,108,864 bars long and at most 100,000 can be handled; look"
    ):
        score(2**28, (0, 4, 4), resolution=1).bars()


@PATIENT
@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 9), st.sampled_from([2, 4, 8])), max_size=4),
    st.integers(1, 9000),
    st.sampled_from([1, 7, 24, 480]),
)
def test_bars_follow_one_another(changes, end, resolution):
    made = score(end, (0, 3, 4), *sorted(changes), resolution=resolution)
    bars = made.bars()
    assert bars[0].start == 0
    assert bars[-1].start < end <= bars[-1].end
    assert all(a.end == b.start and b.number == a.number + 1 for a, b in itertools.pairwise(bars))
    assert all(bar.start < bar.end for bar in bars)
    starts = {bar.start for bar in bars}
    assert all(meter.tick in starts for meter in made.meters if meter.tick < end)


def test_saving_by_extension(tmp_path):
    made = score(480)
    made.save(tmp_path / "song.mid")
    assert Score.read(tmp_path / "song.mid") == made
    made.save(str(tmp_path / "song.MIDI"))
    with pytest.raises(InputError, match=r"song\.mid exists; pass --force to overwrite it$"):
        made.save(tmp_path / "song.mid")
    kinds = r"\.mid, \.musicxml, \.mxl, \.wav, \.flac, \.mp3, \.png, \.svg or \.pdf"
    with pytest.raises(InputError, match=rf"song\.xyz: a score is saved as {kinds}$"):
        made.save(tmp_path / "song.xyz")


def test_to_pretty_midi():
    lyric = Event(tick=480, message=mido.MetaMessage("lyrics", text="la"))
    late_tempo = Event(tick=480, message=mido.MetaMessage("set_tempo", tempo=1_000_000))  # not in the first track
    made = Score.make(
        voices=[voice((0, 480, 60), (480, 960, 62), program=40, channel=2, events=[lyric, late_tempo])],
        meters=[Meter(numerator=3, denominator=4)],
        keys=[Key(name="Dm")],
        tempos=[Tempo(bpm=120)],
    )
    pretty = made.to_pretty_midi()
    notes = [(note.start, note.end, note.pitch) for note in pretty.instruments[0].notes]
    assert notes == [(0, 0.5, 60), (0.5, 1.5, 62)]
    assert (pretty.instruments[0].program, pretty.instruments[0].name) == (40, "A")
    assert (pretty.lyrics[0].text, pretty.lyrics[0].time) == ("la", 0.5)
    assert pretty.time_signature_changes[0].numerator == 3
    assert pretty.key_signature_changes[0].key_number == 14  # pretty_midi counts minor keys from 12 (C minor)


def test_to_pretty_midi_ends_notes_that_a_file_never_ended():
    note = Note(start=0, end=960, pitch=60, order=(0, None))
    assert Score(tracks=(Track(notes=(note,)),)).to_pretty_midi().instruments[0].notes[0].end == 1.0


def test_to_pretty_midi_of_absurd_lengths_is_refused():
    with pytest.raises(
        InputError, match=r"^the score is 20,000,000 ticks long, and pretty_midi takes at most 10,000,000$"
    ):
        score(20_000_000).to_pretty_midi()
