import dataclasses

import mido
import pytest

from genart.audio.performance import perform, stage
from genart.errors import InputError
from genart.music.score import Event, Note, Score, Tempo, Track


def control(tick, number, value, channel=0):
    return Event(tick=tick, message=mido.Message("control_change", control=number, value=value, channel=channel))


def score(*notes, events=(), program=None, tempos=(), channel=0):
    track = Track.make(name="voice", notes=notes, program=program, events=events, channel=channel)
    return Score.make(voices=[track], tempos=tempos)


def spans(made):
    return [(tone.start, tone.stop) for tone in perform(made)]


def test_tempo_map_is_honored():
    # Quarters of 0.5 s at 120, then of 1 s at 60 from tick 480 on.
    made = score(
        Note(start=0, end=960, pitch=60),
        Note(start=960, end=1440, pitch=62),
        tempos=[Tempo(bpm=120), Tempo(tick=480, bpm=60)],
    )
    assert spans(made) == [(0.0, 1.5), (1.5, 2.5)]


def test_pedal_holds_notes_until_it_is_lifted():
    notes = [Note(start=0, end=240, pitch=60), Note(start=480, end=720, pitch=64)]
    assert spans(score(*notes, events=[control(100, 64, 127), control(960, 64, 0)])) == [(0.0, 1.0), (0.5, 1.0)]
    assert spans(score(*notes, events=[control(100, 64, 63)])) == [(0.0, 0.25), (0.5, 0.75)]


def test_pedal_that_is_never_lifted_holds_to_the_end():
    notes = [Note(start=0, end=240, pitch=60), Note(start=480, end=720, pitch=64)]
    assert spans(score(*notes, events=[control(0, 64, 127)])) == [(0.0, 0.75), (0.5, 0.75)]


def test_pedal_lifted_before_the_end_of_a_note_changes_nothing():
    made = score(Note(start=0, end=480, pitch=60), events=[control(0, 64, 127), control(240, 64, 0)])
    assert spans(made) == [(0.0, 0.5)]


def test_note_held_by_the_pedal_ends_where_its_pitch_is_struck_again():
    notes = [Note(start=0, end=240, pitch=60), Note(start=480, end=720, pitch=60)]
    assert spans(score(*notes, events=[control(0, 64, 127), control(1920, 64, 0)])) == [(0.0, 0.5), (0.5, 2.0)]


def test_pedal_of_another_channel_is_not_ours():
    made = score(
        Note(start=0, end=240, pitch=60), events=[control(0, 64, 127, channel=3), control(960, 64, 0, channel=3)]
    )
    assert spans(made) == [(0.0, 0.25)]


def test_velocity_volume_and_expression_make_the_gain():
    loud, soft = Note(start=0, end=480, pitch=60, velocity=127), Note(start=480, end=960, pitch=60, velocity=64)
    gains = [tone.gain for tone in perform(score(loud, soft, events=[control(0, 7, 127)]))]
    assert gains[0] == 1
    assert 0 < gains[1] < 0.5
    events = [control(0, 7, 127), control(480, 11, 0)]
    assert [tone.gain for tone in perform(score(loud, soft, events=events))] == [1, 0]


def test_programs_change_between_notes():
    change = Event(tick=480, message=mido.Message("program_change", program=73))
    made = score(Note(start=0, end=480, pitch=60), Note(start=480, end=960, pitch=60), events=[change], program=19)
    assert [tone.program for tone in perform(made)] == [19, 73]
    assert perform(score(Note(start=0, end=480, pitch=60)))[0].program == 0


def test_notes_of_zero_length_are_silent():
    assert perform(score(Note(start=0, end=0, pitch=60))) == []


def test_channel_ten_is_drums():
    assert perform(score(Note(start=0, end=480, pitch=38), channel=9))[0].drum


def choir():
    return [
        Track.make(name=name, notes=[Note(start=0, end=480, pitch=pitch)], channel=channel)
        for channel, (name, pitch) in enumerate([("Soprano", 72), ("Alto", 67), ("Tenor", 60), ("Bass", 48)])
    ]


def test_voices_stand_from_left_to_right():
    drums = Track.make(name="Drums", notes=[Note(start=0, end=480, pitch=38)], channel=9)
    assert stage(Score.make(voices=[*choir(), drums])) == pytest.approx([0, -0.45, -0.15, 0.15, 0.45, 0])
    assert stage(Score.make(voices=choir()[2:])) == pytest.approx([0, -0.45, 0.45])
    assert stage(Score.make(voices=choir()[:1])) == [0, 0]


def test_pan_of_the_file_wins():
    soprano = dataclasses.replace(choir()[0], events=(control(0, 10, 127),))
    assert [tone.pan for tone in perform(Score.make(voices=[soprano, choir()[3]]))] == pytest.approx([1.0, 0.45])


def test_only_the_beginning_on_request():
    made = score(Note(start=0, end=4800, pitch=60), Note(start=4800, end=9600, pitch=60))
    assert [(tone.start, tone.stop) for tone in perform(made, seconds=2)] == [(0.0, 2)]


def test_absurd_lengths_are_refused():
    drone = Note(start=0, end=480 * 60 * 20, pitch=60)  # 1,200 quarters: at 4 a minute 300 minutes
    with pytest.raises(InputError, match="the score lasts 5 hours and at most 4 can be played"):
        perform(score(drone, tempos=[Tempo(bpm=4)]))
    assert spans(score(drone, tempos=[Tempo(bpm=6)])) == [(0.0, 12_000.0)]
