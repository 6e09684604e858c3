import dataclasses

import numpy as np
import pytest

from genart.errors import InputError
from genart.music import parts
from genart.music.practice import LOUD, SOFT, render
from genart.music.score import Note, Score, Tempo, Track
from genart.recipe import Recipe, Source

NAMES = ("Soprano", "Alto", "Tenor", "Bass")
PITCHES = (72, 67, 60, 48)


def choir(*, names: tuple[str, ...] = NAMES, channel: int | None = None) -> Score:
    """Four held notes, a bar long, all on one channel if it is given."""
    voices = [
        Track.make(
            name=name, notes=[Note(start=0, end=1920, pitch=pitch)], program=52, channel=i if channel is None else 0
        )
        for i, (name, pitch) in enumerate(zip(names, PITCHES, strict=True))
    ]
    return Score.make(voices=voices, tempos=[Tempo(bpm=60), Tempo(tick=960, bpm=90)])


def settings(score: Score, control: int) -> list[int]:
    """The values of a controller at the start of each voice."""
    return [
        next(message.value for _, message in track.messages("control_change") if message.control == control)
        for track in score.voices
    ]


def test_a_voice_is_loud_and_in_the_middle_and_the_others_soft_and_aside():
    made = render(choir(), voices="alto")
    assert settings(made, 7) == [SOFT, LOUD, SOFT, SOFT]
    pans = settings(made, 10)
    assert pans[1] == 64
    assert all(abs(pan - 64) > 40 for i, pan in enumerate(pans) if i != 1)
    assert {pan < 64 for i, pan in enumerate(pans) if i != 1} == {True, False}  # on both sides
    assert [track.notes for track in made.voices] == [track.notes for track in choir().voices]


def test_a_practice_track_sounds_so():
    only = Score.make(voices=[choir().voices[1]])
    with_alto = render(choir(), voices="alto").render(soundfont="built-in", rate=8000).samples
    with_bass = render(choir(), voices="bass").render(soundfont="built-in", rate=8000).samples
    alone = only.render(soundfont="built-in", rate=8000).samples
    tone = np.abs(np.fft.rfft(alone[:8000].mean(axis=1))).argmax()

    def share(samples: np.ndarray) -> float:
        heard = np.abs(np.fft.rfft(samples[:8000].mean(axis=1)))
        return heard[tone] / np.linalg.norm(heard)

    assert share(with_alto) > 2 * share(with_bass)


@pytest.mark.parametrize(
    ("voices", "loud"),
    [("Tenor", [2]), ("soprano, bass", [0, 3]), (["alto"], [1]), ("3", [1]), (5, [3]), ([2, "bass"], [0, 3])],
)
def test_voices_are_named_or_numbered(voices, loud):
    found = settings(render(choir(), voices=voices), 7)
    assert [i for i, volume in enumerate(found) if volume == LOUD] == loud


def test_voices_without_names_are_told_by_their_ranges():
    assert settings(render(choir(names=("", "", "", "")), voices="tenor"), 7) == [SOFT, SOFT, LOUD, SOFT]


def test_own_settings_are_replaced_and_shared_channels_parted():
    twice = render(render(choir(channel=0), voices="alto"), voices="bass")
    assert settings(twice, 7) == [SOFT, SOFT, SOFT, LOUD]
    assert len({track.channels for track in twice.voices}) == 4
    assert all(track.program == 52 for track in twice.voices)


@pytest.mark.parametrize(
    ("tempo", "expected"), [("80%", [48, 72]), ("120", [120, 180]), (30, [30, 45]), ("50 %", [30, 45])]
)
def test_tempos_change_in_proportion(tempo, expected):
    made = render(choir(), tempo=tempo)
    assert [(t.tick, round(t.bpm, 2)) for t in made.tempos] == [(0, expected[0]), (960, expected[1])]


def test_sounds_go_from_the_highest_to_the_lowest():
    made = render(choir(), programs="strings")
    assert [track.program for track in made.voices] == list(parts.PROGRAMS["strings"])
    duo = Score.make(voices=[choir().voices[3], choir().voices[0]])
    assert [track.program for track in render(duo, programs="strings").voices] == [42, 40]


def test_recipes_say_what_was_changed(tmp_path):
    recipe = Recipe(verb="harmonize", model="bach", seed=7, parameters={}, versions={}, device="cpu")
    path = tmp_path / "song.mid"
    dataclasses.replace(choir(), recipe=recipe).save(path)
    assert render(path).recipe == recipe
    made = render(path, voices="alto", tempo="80%").recipe
    assert made is not None
    assert (made.verb, made.parameters) == ("render", {"voices": "alto", "tempo": "80%"})
    assert made.sources == (Source.of(path),)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"voices": "lead"}, "there is no voice 'lead' to practice; the tracks with notes are: 2 Soprano, 3 Alto"),
        ({"voices": "1"}, "there is no voice '1' to practice"),
        ({"tempo": "fast"}, "tempo 'fast': give quarters a minute, such as 90, or a share of the piece's own 60"),
        ({"tempo": "0"}, "tempo '0': give quarters a minute"),
        ({"tempo": "5000%"}, "tempo '5000%': give quarters a minute"),
        ({"programs": "zither"}, "programs 'zither': they are choir, organ"),
        ({"text": "some"}, "text 'some': it is melody, all or none"),
    ],
)
def test_wrong_options_are_one_sentence(options, sentence):
    with pytest.raises(InputError) as error:
        render(choir(), **options)
    assert str(error.value).startswith(sentence)
