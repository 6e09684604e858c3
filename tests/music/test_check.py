import pytest

from genart.errors import InputError
from genart.music.check import check
from genart.music.score import Note, Score, Track
from genart.music.timing import Meter

NAMES = ("Soprano", "Alto", "Tenor", "Bass")


def piece(*columns: tuple[int | None, ...], meters=(), beat: int = 480) -> Score:
    """Chords of S, A, T, B a beat each; None rests."""
    tracks = [
        Track.make(
            name=name,
            notes=[
                Note(start=beat * i, end=beat * i + beat, pitch=pitch)
                for i, chord in enumerate(columns)
                if (pitch := chord[voice]) is not None
            ],
        )
        for voice, name in enumerate(NAMES)
    ]
    return Score.make(voices=tracks, meters=meters)


def lines(score: Score, **options) -> list[str]:
    return str(check(score, **options)).splitlines()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        # parallel: the same perfect interval by similar motion
        ((67, 64, 60, 48), (69, 65, 60, 50), "parallel fifths, soprano and bass"),
        ((72, 64, 55, 48), (74, 65, 57, 50), "parallel octaves, soprano and bass"),
        # consecutive: a fifth, then a twelfth, in contrary motion
        ((67, 62, 59, 48), (74, 65, 59, 43), "consecutive fifths by contrary motion, soprano and bass"),
        ((72, 64, 55, 48), (67, 62, 59, 55), "consecutive octaves by contrary motion, soprano and bass"),
        # hidden: similar motion into it, the soprano leaping
        ((64, 60, 55, 48), (69, 65, 57, 50), "hidden fifth, soprano and bass"),
        ((67, 60, 55, 45), (72, 64, 55, 48), "hidden octave, soprano and bass"),
        ((67, 64, 60, 48), (67, 68, 60, 48), "crossing, soprano and alto"),
        ((67, 64, 60, 48), (67, 64, 62, 61), "overlap, tenor and bass"),
        ((67, 64, 60, 48), (67, 64, 71, 48), "out of range, tenor (B4)"),
        ((67, 64, 60, 48), (79, 64, 60, 48), "over an octave apart, soprano and alto"),
        ((67, 64, 60, 43), (67, 64, 60, 57), "leap over an octave, bass (G2 to A3)"),
    ],
)
def test_every_kind_of_fault_is_found_and_said(before, after, said):
    found = lines(piece(before, before, after, after))
    assert f"bar 1, beat 3: {said}" in found


def test_what_is_no_fault_is_not_named():
    stepping = piece((64, 60, 55, 48), (65, 62, 57, 53), (65, 62, 57, 53))
    assert lines(stepping) == ["no faults"]
    into_a_fifth_by_step = piece((66, 60, 55, 47), (67, 64, 55, 48))
    assert not any("hidden" in line for line in lines(into_a_fifth_by_step))
    after_a_rest = piece((67, 64, 60, 48), (None, None, None, None), (69, 65, 60, 50))
    assert not any("fifths" in line for line in lines(after_a_rest))


def test_beats_are_counted_as_in_print():
    chords = [(67, 64, 60, 48)] * 4 + [(69, 65, 60, 50)]
    (fault,) = check(piece(*chords, beat=240)).findings
    assert (fault.bar, fault.beat) == (1, 3.0)
    (fault,) = check(piece(*chords, beat=240, meters=[Meter.parse("6/8")])).findings
    assert (fault.bar, fault.beat) == (1, 5.0)
    (fault,) = check(piece(*chords, beat=360)).findings
    assert (fault.bar, fault.beat) == (1, 4.0)
    (fault,) = check(piece(*chords, beat=420)).findings
    assert (fault.bar, fault.beat) == (1, 4.5)
    pickup = [Meter.parse("2/4"), Meter.parse("4/4", tick=960)]
    (fault,) = check(piece(*chords, meters=pickup)).findings
    assert (fault.bar, fault.beat) == (1, 3.0)
    (fault,) = check(piece(*chords[3:], meters=pickup)).findings
    assert (fault.bar, fault.beat) == (0, 4.0)
    (fault,) = check(piece(*chords[3:], chords[-1]), pickup=1).findings
    assert (fault.bar, fault.beat) == (1, 1.0)


def test_pieces_of_fewer_voices_are_checked():
    two = piece((67, None, None, 48), (69, None, None, 50))
    assert lines(two) == ["bar 1, beat 2: parallel fifths, soprano and bass"]
    assert lines(piece((67, None, None, None), (69, None, None, None))) == ["no faults"]


def test_the_record_says_what_the_lines_say():
    report = check(piece((67, 64, 60, 48), (69, 65, 60, 50)))
    record = report.record()
    assert record["counts"] == {"fifths": 1}
    assert record["voices"]["bass"] == {"track": 5, "name": "Bass", "by": "name"}
    (fault,) = record["faults"]
    assert (fault["kind"], fault["bar"], fault["beat"], fault["tick"]) == ("fifths", 1, 2.0, 480)
    assert (fault["voices"], fault["pitches"]) == (("soprano", "bass"), (69, 50))
    assert fault["text"] == str(report)


@pytest.mark.parametrize("extension", [".svg", ".png"])
def test_the_picture_marks_the_faults(tmp_path, extension):
    report = check(piece((67, 64, 60, 48), (69, 65, 60, 50)))
    path = tmp_path / f"faults{extension}"
    report.save(path)
    assert path.stat().st_size > 1000
    if extension == ".svg":
        assert "1 fault<" in path.read_text()
        assert path.read_text().count("<title>5ths</title>") == 3  # the sign and two rings
    with pytest.raises(InputError, match="exists; pass --force to overwrite it"):
        report.save(path)


def test_other_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="a picture of faults is saved as .png or .svg"):
        check(piece((67, 64, 60, 48))).save(tmp_path / "faults.mid")


def test_a_score_checks_itself():
    assert str(piece((67, 64, 60, 48), (69, 65, 60, 50)).check()) == "bar 1, beat 2: parallel fifths, soprano and bass"
