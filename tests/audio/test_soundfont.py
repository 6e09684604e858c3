import sys
import types

import mido
import numpy as np
import pytest

from genart.audio import soundfont, synth
from genart.errors import InputError, MissingExtra
from genart.music.score import Event, Note, Score, Track

HEAD = b"RIFF\x04\x00\x00\x00sfbk"


class Synth:
    """Stands for FluidSynth's: notes down what it is told, plays a constant."""

    made: "list[Synth]" = []  # noqa: RUF012

    def __init__(self, *, gain, samplerate, channels):
        self.settings = (samplerate, channels)
        self.frames, self.told, self.deleted = 0, [], False
        Synth.made.append(self)

    def sfload(self, path):
        return -1 if "damaged" in path else 5

    def get_samples(self, count):
        self.frames += count
        return np.full(2 * count, 3277, np.int16)

    def delete(self):
        self.deleted = True

    def __getattr__(self, name):
        return lambda *arguments: self.told.append((self.frames, name, *arguments))


@pytest.fixture
def fluidsynth(monkeypatch):
    monkeypatch.setitem(sys.modules, "fluidsynth", types.SimpleNamespace(Synth=Synth))
    monkeypatch.setattr(Synth, "made", [])


@pytest.fixture
def no_fluidsynth(monkeypatch):
    monkeypatch.setitem(sys.modules, "fluidsynth", None)


@pytest.fixture(autouse=True)
def no_fonts(monkeypatch):
    monkeypatch.delenv("GENART_SOUNDFONT", raising=False)
    monkeypatch.setattr(soundfont, "FOLDERS", ())


@pytest.fixture
def font(tmp_path):
    (tmp_path / "mine.sf2").write_bytes(HEAD)
    return tmp_path / "mine.sf2"


def test_without_fluidsynth_the_built_in_synth_plays(no_fluidsynth):
    assert synth.describe() == "sound: built-in synth"


def test_without_fluidsynth_a_soundfont_cannot_be_asked_for(no_fluidsynth, font, monkeypatch):
    with pytest.raises(MissingExtra, match=r'pip install "genart\[synth\]"'):
        synth.render(Score.parse("C4"), soundfont=font)
    monkeypatch.setenv("GENART_SOUNDFONT", str(font))
    with pytest.raises(MissingExtra, match=r'pip install "genart\[synth\]"'):
        synth.describe()


def test_pretty_midis_soundfont_is_the_last_resort(fluidsynth):
    assert synth.describe() == "sound: TimGM6mb.sf2"


def test_choice(fluidsynth, font, tmp_path, monkeypatch):
    folder = tmp_path / "sf2"
    folder.mkdir()
    for name, size in [("GM-small.sf2", 10), ("GM-large.sf2", 20), ("piano.sf2", 30)]:
        (folder / name).write_bytes(HEAD + bytes(size))
    (folder / "GM-not-one.sf2").write_bytes(b"a text" * 20)
    monkeypatch.setattr(soundfont, "FOLDERS", (str(tmp_path / "missing"), str(folder)))
    assert synth.describe() == "sound: GM-large.sf2"
    monkeypatch.setenv("GENART_SOUNDFONT", str(font))
    assert synth.describe() == "sound: mine.sf2"
    assert synth.describe(folder / "piano.sf2") == "sound: piano.sf2"
    assert synth.describe("built-in") == "sound: built-in synth"


def test_what_is_no_soundfont_is_refused(fluidsynth, tmp_path, monkeypatch):
    (tmp_path / "a.sf2").write_bytes(b"a text")
    with pytest.raises(InputError, match=r"a\.sf2 is not a SoundFont"):
        synth.choose(tmp_path / "a.sf2")
    with pytest.raises(InputError, match=r"SoundFont .*missing\.sf2 does not exist"):
        synth.choose(tmp_path / "missing.sf2")
    monkeypatch.setenv("GENART_SOUNDFONT", str(tmp_path / "missing.sf2"))
    with pytest.raises(InputError, match=r"missing\.sf2 does not exist"):
        synth.choose()


def test_damaged_soundfont_is_refused(fluidsynth, tmp_path):
    (tmp_path / "damaged.sf2").write_bytes(HEAD)
    with pytest.raises(InputError, match=r"damaged\.sf2 is not a SoundFont that FluidSynth can read"):
        synth.render(Score.parse("C4"), soundfont=tmp_path / "damaged.sf2")
    assert Synth.made[0].deleted


def event(tick, kind, **fields):
    return Event(tick=tick, message=mido.Message(kind, **fields))


def test_every_track_plays_on_a_channel_of_its_own(fluidsynth, font):
    lead = Track.make(
        name="Lead",
        notes=[Note(start=0, end=480, pitch=72, velocity=90), Note(start=480, end=960, pitch=72)],
        program=73,
        events=[
            event(240, "control_change", control=64, value=127),
            event(480, "pitchwheel", pitch=100),
            event(0, "control_change", control=7, value=99, channel=5),  # of a channel without notes
        ],
    )
    bass = Track.make(name="Bass", notes=[Note(start=0, end=0, pitch=30), Note(start=0, end=480, pitch=40)], program=32)
    drums = Track.make(
        name="Drums",
        notes=[Note(start=0, end=60, pitch=38)],
        program=8,
        channel=9,
        events=[event(0, "control_change", control=0, value=1, channel=9)],
    )
    audio = synth.render(Score.make(voices=[lead, bass, drums]), rate=8000, soundfont=font)
    player = Synth.made[0]
    assert player.settings == (8000.0, 256)
    assert player.deleted
    assert sorted(call for call in player.told if call[0] == 0) == sorted(
        [
            (0, "program_select", 0, 5, 0, 0), (0, "cc", 0, 10, 36), (0, "program_change", 0, 73),
            (0, "program_select", 1, 5, 0, 0), (0, "cc", 1, 10, 92), (0, "program_change", 1, 32),
            (0, "program_select", 2, 5, 128, 0), (0, "cc", 2, 10, 64), (0, "program_select", 2, 5, 128, 8),
            (0, "noteon", 0, 72, 90), (0, "noteon", 1, 40, 80), (0, "noteon", 2, 38, 80),
        ]
    )  # fmt: skip
    assert [call for call in player.told if call[0] > 0] == [  # 480 ticks are half a second, 4,000 frames
        (500, "noteoff", 2, 38),
        (2000, "cc", 0, 64, 127),
        (4000, "noteoff", 0, 72), (4000, "noteoff", 1, 40), (4000, "pitch_bend", 0, 100), (4000, "noteon", 0, 72, 80),
        (8000, "noteoff", 0, 72),
    ]  # fmt: skip
    assert audio.seconds == 3  # two seconds for the sound to die away
    assert audio.peak == pytest.approx(synth.PEAK, abs=1e-5)


def test_pan_of_the_file_wins(fluidsynth, font):
    notes = [Note(start=0, end=480, pitch=72)]
    track = Track.make(name="a", notes=notes, events=[event(0, "control_change", control=10, value=1)])
    synth.render(Score.make(voices=[track]), soundfont=font)
    assert [call for call in Synth.made[0].told if call[1] == "cc"] == [(0, "cc", 0, 10, 1)]


def test_real_fluidsynth_sounds_at_the_right_frequency():
    pytest.importorskip("fluidsynth", exc_type=ImportError)
    track = Track.make(name="a", notes=[Note(start=0, end=960, pitch=69)], program=73)
    audio = synth.render(Score.make(voices=[track]))
    spectrum = np.abs(np.fft.rfft(audio.samples[:44100].mean(axis=1)))
    assert np.argmax(spectrum) == pytest.approx(440, abs=3)  # A4; bins are 1 Hz wide
