"""Where General MIDI's drums are written on a staff."""

# MIDI pitch -> step, octave and head of the note, after the Percussive Arts Society's guide to drumset notation.
WRITTEN = {
    **dict.fromkeys((35, 36), ("F", 4, "")),
    **dict.fromkeys((38, 40), ("C", 5, "")),
    **dict.fromkeys((37, 39), ("C", 5, "x")),
    **dict.fromkeys((41, 43), ("A", 4, "")),
    **dict.fromkeys((45, 47), ("B", 4, "")),
    48: ("D", 5, ""),
    50: ("E", 5, ""),
    44: ("D", 4, "x"),
    **dict.fromkeys((42, 46), ("G", 5, "x")),
    **dict.fromkeys((51, 53, 59), ("F", 5, "x")),
    **dict.fromkeys((49, 52, 55, 57), ("A", 5, "x")),
}
OTHER = ("E", 5, "diamond")
STAFF = {  # place -> MIDI pitch, for scores that do not name their drums
    "F4": 36, "C5": 38, "A4": 41, "B4": 45, "D5": 48, "E5": 50, "D4": 44, "G5": 42, "F5": 51, "A5": 49
}  # fmt: skip
