import io

import pytest

import genart
from genart.errors import InputError
from genart.families.inpaint import inpaint
from genart.music import midi
from genart.music.check import check
from genart.music.score import Note, Score, Track

NAMES = ("Soprano", "Alto", "Tenor", "Bass")
PLAIN = ((67, 69, 71, 72, 74, 72, 71, 69), (62, 62, 67, 67, 67, 67, 67, 66), (59,) * 8, (43,) * 8)
# the bass moves in fifths with the soprano in bar 1, in octaves with the alto in bar 2
FAULTY = (
    (67, 69, 71, 72, 74, 74, 74, 74),
    (64, 64, 64, 64, 62, 64, 65, 67),
    (59,) * 8,
    (48, 50, 52, 53, 50, 52, 53, 55),
)


def piece(lines=PLAIN) -> Score:
    """Two bars of quarters, as read from a file."""
    voices = [
        Track.make(name=name, notes=[Note(start=480 * i, end=480 * i + 480, pitch=p) for i, p in enumerate(line)])
        for name, line in zip(NAMES, lines, strict=True)
    ]
    file = io.BytesIO()
    midi.write(Score.make(voices=voices), file)
    return midi.read(io.BytesIO(file.getvalue()))


@pytest.fixture(scope="module")
def bach(tiny_bach):
    return genart.load(tiny_bach)


def test_the_chosen_cells_are_drawn_and_all_else_stays(bach):
    score = piece()
    takes = inpaint(score, voices="alto,tenor", bars="2", model=bach, seed=4, steps=2, n=2)
    assert {facts.seed for facts in takes.facts} == {4, 5}
    for take in takes:
        assert [take.tracks[i] for i in (0, 1, 4)] == [score.tracks[i] for i in (0, 1, 4)]
        for number in (2, 3):
            old, new = score.tracks[number], take.tracks[number]
            assert new != old
            assert new.events == old.events
            assert [n for n in new.notes if n.start < 1920] == [n for n in old.notes if n.start < 1920]
    assert takes[0] != takes[1]
    assert takes.understood == 'track 2 "Soprano" · A minor (estimated) · 4/4 · 120 bpm · 2 bars'
    assert takes.remarks[0].startswith('soprano is track 2 "Soprano" (by name), alto is ')


def test_a_take_is_what_its_seed_gives(bach):
    two = inpaint(piece(), bars="1", model=bach, seed=4, steps=1, n=2)
    for take, facts in zip(two, two.facts, strict=True):
        assert inpaint(piece(), bars="1", model=bach, seed=facts.seed, steps=1)[0] == take


def test_missing_voices_stay_missing(bach):
    score = piece()
    duet = Score(tracks=(score.tracks[0], score.tracks[1], score.tracks[4]))
    (take,) = inpaint(duet, voices=["bass"], model=bach, seed=1, steps=1)
    assert len(take.tracks) == 3
    assert take.tracks[:2] == duet.tracks[:2]
    assert take.tracks[2] != duet.tracks[2]


def test_faults_are_cleared_and_the_kept_voice_stays(bach):
    score = piece(FAULTY)
    assert check(score).counts["fifths"] == 3
    (take,) = inpaint(score, fix=True, model=bach, seed=2, steps=2)
    assert take.tracks[1] == score.tracks[1]
    assert not {"fifths", "octaves"} & set(check(take).counts)
    assert "parallel" not in inpaint(score, fix=True, model=bach, seed=2, steps=2).facts[0].faults


def test_what_cannot_be_cleared_is_told_and_stays(bach):
    score = piece(FAULTY)
    takes = inpaint(score, fix=True, keep="soprano,bass", model=bach, seed=2, steps=1)
    assert takes.facts[0].faults.startswith("3 x parallel fifths")
    assert takes.remarks[1].startswith("to clear: 3 x parallel fifths")
    assert [takes[0].tracks[i] for i in (1, 4)] == [score.tracks[i] for i in (1, 4)]


def test_without_faults_nothing_changes(bach):
    takes = inpaint(piece(), fix=True, model=bach, seed=2)
    assert takes[0] == piece()
    assert takes.remarks[1] == "to clear: no faults"


def test_fixing_stays_in_its_bars(bach):
    score = piece(FAULTY)
    (take,) = inpaint(score, fix=True, bars="2", model=bach, seed=2, steps=1)
    for old, new in zip(score.tracks, take.tracks, strict=True):
        assert [n for n in new.notes if n.start < 1920] == [n for n in old.notes if n.start < 1920]


def test_rewriting_stops_on_the_way(bach):
    def alike(takes) -> float:
        old = {(v, n.start, n.pitch) for v, track in enumerate(piece().tracks) for n in track.notes}
        new = {(v, n.start, n.pitch) for v, track in enumerate(takes[0].tracks) for n in track.notes}
        return len(old & new) / len(old)

    everything = inpaint(piece(), rewrite=True, model=bach, seed=1, steps=8)
    some = inpaint(piece(), rewrite=True, similarity=0.8, model=bach, seed=1, steps=8)
    assert alike(everything) == 0
    assert everything.remarks[-1] == "seed 1: 0% of the notes' time is as it was"
    assert 0.5 < alike(some) < 1
    assert some.remarks[-1].startswith("seed 1: 7") or some.remarks[-1].startswith("seed 1: 80%")
    assert inpaint(piece(), rewrite=True, similarity=1, model=bach, seed=1)[0] == piece()


def test_it_is_made_again(bach, here):
    piece().save("song.mid")
    (take,) = inpaint("song.mid", voices="alto", ranges={"alto": (55, 74)}, model=bach, seed=3, steps=1)
    take.save("made.mid")
    (again,) = genart.again("made.mid", model=bach)
    assert (again, again.recipe) == (take, take.recipe)
    (other,) = genart.again("made.mid", model=bach, voices="tenor")
    assert other.tracks[2] == piece().tracks[2]
    with pytest.raises(InputError, match="made.mid was made by inpaint, which has no option articulation"):
        genart.again("made.mid", model=bach, articulation="held")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "say what to write anew: voices (alto,tenor), bars (5-8) or both; or ask for fix or rewrite"),
        ({"voices": "mezzo"}, "voice 'mezzo': the voices are soprano, alto, tenor, bass"),
        ({"bars": "7-9"}, "bars '7-9': write one bar or the first and last, such as 5-8; the piece has bars 1-2"),
        ({"fix": True, "rewrite": True}, "fix changes as little as it can and rewrite changes everything: "),
        ({"fix": True, "voices": "soprano"}, "the soprano is both to be fixed and to be kept: keep another voice"),
        ({"fix": True, "keep": list(NAMES)}, "every voice of the piece is kept, so that nothing can be fixed"),
        ({"voices": "alto", "similarity": 0.5}, "similarity says how much rewrite leaves: ask for rewrite, too"),
        ({"rewrite": True, "similarity": 2}, "similarity 2: it is 0 (nothing is left as it was) to 1"),
        ({"rewrite": True, "n": 0}, "0 takes: ask for 1 or more"),
        ({"rewrite": True, "steps": 0}, "0 steps: the sampler needs 1 or more"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, sentence):
    with pytest.raises(InputError) as refused:
        inpaint(piece(), **options)
    assert str(refused.value).startswith(sentence)


def test_five_voices_are_refused():
    score = piece()
    five = Score(tracks=(*score.tracks, Track.make(name="Horn", notes=[Note(start=0, end=480, pitch=60)])))
    with pytest.raises(InputError, match="the piece has 5 voices .Soprano, Alto, Tenor, Bass, Horn.: at most four"):
        inpaint(five, bars="1")
