"""Tunes for tests, made by hypothesis."""

from hypothesis import strategies as st

from genart.music.tunes.tune import KINDS, MODES, Section, Tune

METERS = [(2, 2), (4, 4), (2, 4), (3, 4), (6, 8), (9, 8), (12, 8), (3, 8), (5, 8), (7, 16), (1, 64), (11, 4)]
USUAL = [6, 8, 12, 16, 18, 24, 24, 24, 36, 48, 72, 96]  # 48ths of a quarter


@st.composite
def tunes(draw: st.DrawFn, *, lengths: st.SearchStrategy[int] | None = None) -> Tune:
    """Tunes with rests, pickups and bar lines out of place; durations, rests and pickups of any length by default."""
    meter = draw(st.sampled_from(METERS))
    bar = 192 * meter[0] // meter[1]
    if lengths is None:
        lengths = st.one_of(st.sampled_from(USUAL), st.integers(1, 500))
    made = draw(st.lists(sections(bar=bar, lengths=lengths), min_size=1, max_size=3))
    return Tune(
        sections=tuple(made),
        meter=meter,
        tonic=draw(st.integers(0, 11)),
        mode=draw(st.sampled_from(MODES)),
        kind=draw(st.sampled_from(KINDS)),
    )


@st.composite
def sections(draw: st.DrawFn, *, bar: int, lengths: st.SearchStrategy[int]) -> Section:
    notes, now = [], 0
    rests = st.one_of(st.just(0), st.just(0), lengths)
    for _ in range(draw(st.integers(1, 12))):
        now += draw(rests)
        duration = draw(lengths)
        notes.append((now, duration, draw(st.integers(60, 84))))
        now += duration
    length = now + draw(rests)
    breaks = draw(st.sets(st.integers(1, length - 1), max_size=2)) if length > 1 else set()
    pickup = min(draw(st.one_of(st.just(0), st.integers(0, bar - 1))), length)
    return Section(notes=tuple(notes), length=length, pickup=pickup, breaks=tuple(sorted(breaks)))
