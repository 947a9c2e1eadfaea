"""InfoMEC's values by its authors' code on inputs A, C and E of tests/metrics/reference.py, rows 0…9999.

Snapshot: kylehkhsu/disentangle 9f33295; standalone: kylehkhsu/latent_quantization 9a420a3, under Python 3.11,
numpy 1.24, scikit-learn 1.2.2 and 64-bit JAX. reference.npz holds their arrays and the matrices of "micro".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import reference

with np.load(Path(__file__).with_name("reference.npz"), allow_pickle=False) as _file:
    ARRAYS = dict(_file)

RATIOS_AND_GAPS = ("infom", "infoc", "infom_gap", "infoc_gap")

BINNED = {
    ("A", 10): (0.982151524219, 0.817679004781, 0.732965756104, 0.786364933777),
    ("A", 20): (0.972077024122, 0.812137668536, 0.869525822956, 0.895203005902),
    ("A", 50): (0.960565440271, 0.813029901739, 0.986059846853, 0.987301147671),
    ("A", "auto"): (0.970340569267, 0.805227549248, 0.885560568576, 0.907882420313),
    ("C", 10): (0.548104317186, 0.890079570443, 0.166644862934, 0.333859691466),
    ("C", 20): (0.527900955803, 0.810709920856, 0.172342548392, 0.346277444384),
    ("C", 50): (0.468105882464, 0.660823207213, 0.170505732781, 0.345792582189),
    ("C", "auto"): (0.484384562877, 0.654515926786, 0.17214203324, 0.341200346641),
    ("E", 10): (0.72494441482, 0.553703646081, 0.321922667558, 0.280300477648),
    ("E", 20): (0.708010034071, 0.538938319335, 0.313226999515, 0.283823733561),
    ("E", 50): (0.708010034071, 0.538938319335, 0.313226999515, 0.283823733561),
    ("E", "auto"): (0.708010034071, 0.538938319335, 0.313226999515, 0.283823733561),
}
DISCRETE = {
    "A": (0.960565440271, 0.813029901739, 0.986059846853, 0.987301147671),
    "E": (0.708010034071, 0.538938319335, 0.313226999515, 0.283823733561),
}

THREE_NEIGHBOURS = {  # mean and standard deviation over 5 seeds of the jitter
    "A": (
        (0.992523921049, 0.00158522862),
        (0.928209527505, 0.0352443708),
        (0.996567462388, 0.000776957987),
        (0.996681582755, 0.001000301818),
    ),
    "C": (
        (0.773160508427, 0.000545415622),
        (0.95437757066, 6.37548817e-06),
        (0.1764565844, 3.12001579e-06),
        (0.349093781573, 1.33220803e-06),
    ),
    "E": (
        (0.7121918053, 0.00283596648),
        (0.541593677191, 0.0012666369),
        (0.313758224161, 0.000710750633),
        (0.284040488243, 0.000952033018),
    ),
}
STANDALONE = {  # InfoM, InfoC: mean and standard deviation over 3 seeds; InfoE
    "A": ((0.995569808606, 0.000522521923), (0.995565273769, 0.000524328382), 0.999999987823),
    "C": ((0.766282874188, 3.9696081e-05), (0.972524445205, 2.17964499867e-06), 0.357858698073),
    "E": ((0.742555173279, 0.000449413713), (0.505815892692, 0.000734245013), 0.954711479144),
}
ACTIVE_EIGHTH = {"A": "01111", "C": "1111111111", "E": "111111111100"}
ACTIVE_TWENTIETH = {"A": "11111", "C": "1111111111", "E": "111111111110"}


def training_points(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Codes (10000, D) and factors (10000, F) of input A, C or E."""
    make = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}[name]
    codes, factors = make()
    return codes[: reference.TRAIN], factors[: reference.TRAIN]


def indices_of(codes: np.ndarray) -> np.ndarray:
    """Which of its values each code has (N, D)."""
    return np.stack([np.unique(column, return_inverse=True)[1] for column in codes.T], axis=1)


def mask(digits: str) -> np.ndarray:
    return np.array([digit == "1" for digit in digits])
