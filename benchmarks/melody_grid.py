"""An LSTM on a grid of 16ths with the encoding and the size of Magenta's basic_rnn: the peer in likelihood.

After Magenta's melody_rnn (https://github.com/magenta/magenta): 38 classes, which are 36 pitches from C3 on, the end of
a note, and "as before"; two layers of 128; melodies moved to C, in the octave where they fit. Written anew in PyTorch.
"""
# pyright: reportMissingImports=false
# PyTorch is only in the extra bench.

import copy
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from genart.music.tunes.tune import Tune

STEP = 12  # 48ths of a quarter: a 16th
LOWEST, PITCHES = 48, 36
SAME, OFF, FIRST = 0, 1, 2
CLASSES = FIRST + PITCHES
ROWS, RATE, DROPOUT, CLIP = 32, 3e-3, 0.25, 5.0


def encode(tune: Tune) -> np.ndarray | None:
    """The classes of a tune's steps, int64[T], its sections one after another; None if it is not on this grid."""
    pitches = tune.pitches
    moves = [12 * octave - tune.tonic for octave in range(-5, 7)]
    fits = [m for m in moves if min(pitches) + m >= LOWEST and max(pitches) + m < LOWEST + PITCHES]
    times = [time for section in tune.sections for onset, length, _ in section.notes for time in (onset, length)]
    if not fits or any(time % STEP for time in (*times, *(section.length for section in tune.sections))):
        return None
    middle = LOWEST + PITCHES / 2 - (min(pitches) + max(pitches)) / 2
    move = min(fits, key=lambda m: abs(m - middle))
    steps = []
    for section in tune.sections:
        row = np.full(section.length // STEP + 1, SAME, np.int64)
        for onset, length, _ in section.notes:
            row[(onset + length) // STEP] = OFF
        for onset, _, pitch in section.notes:  # over the end of the note before
            row[onset // STEP] = FIRST + pitch + move - LOWEST
        steps.append(row[:-1])
    return np.concatenate(steps)


class GridLSTM(nn.Module):
    """Logits of each step's class given those before it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.LSTM(CLASSES + 1, 128, num_layers=2, batch_first=True, dropout=DROPOUT)
        self.out = nn.Linear(128, CLASSES)

    def forward(self, classes: torch.Tensor) -> torch.Tensor:
        """long[B, T] -> float[B, T, 38]; the class before the first is one of its own."""
        before = functional.pad(classes, (1, 0), value=CLASSES)[:, :-1]
        hidden, _ = self.layers(functional.one_hot(before, CLASSES + 1).float())
        return self.out(functional.dropout(hidden, DROPOUT, self.training))

    def nats(self, tunes: Sequence[np.ndarray]) -> float:
        """What all steps of tunes cost."""
        self.eval()
        with torch.inference_mode():
            batches = (_padded(tunes[first : first + ROWS]) for first in range(0, len(tunes), ROWS))
            return sum(float(_cost(self(classes), classes, inside).sum()) for classes, inside in batches)


def train(
    tunes: Sequence[np.ndarray],
    valid: Sequence[np.ndarray],
    *,
    seconds: float,
    seed: int = 0,
    on_round: Callable[[float, float], None] = lambda elapsed, nats: None,
) -> GridLSTM:
    """The network as it was when it did best on `valid`; the learning rate falls to 0 over the time.

    `on_round` is called after each pass over the tunes, with the seconds so far and the nats of `valid` in all.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = GridLSTM()
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    started, best = time.monotonic(), (np.inf, copy.deepcopy(network.state_dict()))
    while (elapsed := time.monotonic() - started) < seconds:
        network.train()
        for chosen in _rounds(tunes, random):
            share = min((time.monotonic() - started) / seconds, 1.0)
            for group in optimizer.param_groups:
                group["lr"] = RATE * (1 - share)
            classes, inside = _padded([tunes[index] for index in chosen])
            loss = _cost(network(classes), classes, inside).sum() / inside.sum()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
        nats = network.nats(valid)
        best = min(best, (nats, copy.deepcopy(network.state_dict())), key=lambda pair: pair[0])
        on_round(elapsed, nats)
    network.load_state_dict(best[1])
    return network


def _rounds(tunes: Sequence[np.ndarray], random: np.random.Generator) -> list[np.ndarray]:
    """The numbers of all tunes in batches of about the same length, in a drawn order."""
    order = sorted(random.permutation(len(tunes)), key=lambda index: len(tunes[index]) // 32)
    batches = [np.array(order[first : first + ROWS]) for first in range(0, len(order), ROWS)]
    return [batches[index] for index in random.permutation(len(batches))]


def _padded(tunes: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, tunes))
    classes = np.zeros((len(tunes), longest), np.int64)
    inside = np.zeros((len(tunes), longest), bool)
    for row, tune in enumerate(tunes):
        classes[row, : len(tune)], inside[row, : len(tune)] = tune, True
    return torch.from_numpy(classes), torch.from_numpy(inside)


def _cost(logits: torch.Tensor, classes: torch.Tensor, inside: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(logits.transpose(1, 2), classes, reduction="none") * inside
