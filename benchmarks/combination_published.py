"""What the report of study/combination stands beside: names of models and conditions, published values.

Published: reconstruction errors (BCE, nats an image) of training and held-out images and the overall DCI
disentanglement, Montero et al., ICLR 2021, notebook `postproc` of the public code, one run each.
"""

from __future__ import annotations

DISCRIMINATOR = "--model.discriminator-hidden [500,500,500]"
TRIPLETS = "--dataset.batch-size 32"
VAES = {
    "m/vae": "VAE",
    "m/vae --reg-wt 8": "β-VAE, β = 8",
    "m/vae --reg-wt 12": "β-VAE, β = 12",
    f"m/factorvae --reg-wt 20 {DISCRIMINATOR}": "FactorVAE, γ = 20",
    f"m/factorvae --reg-wt 50 {DISCRIMINATOR}": "FactorVAE, γ = 50",
    f"m/factorvae --reg-wt 100 {DISCRIMINATOR}": "FactorVAE, γ = 100",
}
COMPOSITION = {
    f"m/composition --model.operator linear {TRIPLETS}": "CompositionNet, linear",
    f"m/composition --model.operator interp {TRIPLETS}": "CompositionNet, learned interpolation",
    f"m/composition --model.operator fixint {TRIPLETS}": "CompositionNet, fixed interpolation",
    f"m/composition --model.operator mlp {TRIPLETS}": "CompositionNet, MLP",
}
SUPERVISED = {"m/supervised --budget 5000": "supervised encoder"}
TRUE_FACTORS = {"m/decoder --budget 5000": "decoder of true factors"}
#: the name of each model, by its value on the axis of the grid
MODELS = {**VAES, **COMPOSITION, **SUPERVISED, **TRUE_FACTORS}

ELEMENT = "split/sprites/leave1out study/combination-sprites"
RANGE = "split/sprites/sqr2tx study/combination-sprites"
EXTRAPOLATION = "split/sprites/blank_side study/combination-sprites"
SHAPE_HUE = "split/3ds/shape2ohue study/combination-rooms"
FLOOR_WALL = "split/3ds/fhue2whue study/combination-rooms"
#: what is held out in each condition, by its value on the axis of the grid
CONDITIONS = {
    ELEMENT: "Sprites, recombination to element: one cell of ellipses (`leave1out`)",
    RANGE: "Sprites, recombination to range: squares on the right (`sqr2tx`)",
    EXTRAPOLATION: "Sprites, extrapolation: everything on the right (`blank_side`)",
    SHAPE_HUE: "Rooms, recombination to range: capsules of high hue (`shape2ohue`)",
    FLOOR_WALL: "Rooms, recombination to range: high floor hues with low wall hues (`fhue2whue`)",
}
#: (D, error in training, error of held-out images) of each model, by its name; none of FLOOR_WALL is known
PUBLISHED = {
    ELEMENT: {
        "VAE": (0.286, 8.59, 8.06),
        "β-VAE, β = 8": (0.765, 34.95, 24.62),
        "β-VAE, β = 12": (0.556, 37.34, 24.92),
        "FactorVAE, γ = 20": (0.483, 27.64, 27.53),
        "FactorVAE, γ = 50": (0.391, 23.77, 22.58),
        "FactorVAE, γ = 100": (0.503, 32.39, 24.88),
        "decoder of true factors": (1, 49.80, 60.81),
    },
    RANGE: {
        "VAE": (0.278, 18.82, 200.36),
        "β-VAE, β = 8": (0.474, 102.90, 215.95),
        "β-VAE, β = 12": (0.503, 54.21, 154.90),
        "FactorVAE, γ = 20": (0.356, 28.00, 130.56),
        "FactorVAE, γ = 50": (0.387, 27.99, 153.98),
        "FactorVAE, γ = 100": (0.612, 57.40, 100.61),
        "decoder of true factors": (1, 46.83, 138.97),
    },
    EXTRAPOLATION: {
        "VAE": (0.286, 29.04, 3576.8),
        "β-VAE, β = 8": (0.510, 45.81, 2810.5),
        "β-VAE, β = 12": (0.806, 117.65, 3127.9),
        "FactorVAE, γ = 20": (0.688, 24.43, 2007.4),
        "FactorVAE, γ = 50": (0.729, 25.41, 2386.4),
        "FactorVAE, γ = 100": (0.809, 37.13, 3962.4),
        "decoder of true factors": (1, 40.67, 2188.8),
    },
    SHAPE_HUE: {
        "VAE": (0.191, 3482.3, 4294.9),
        "β-VAE, β = 8": (0.460, 3486.0, 4482.6),
        "β-VAE, β = 12": (0.573, 3496.2, 5077.1),
        "FactorVAE, γ = 20": (0.697, 3499.9, 4602.6),
        "FactorVAE, γ = 50": (0.815, 3503.6, 5275.7),
        "FactorVAE, γ = 100": (0.629, 3500.1, 5095.8),
        "decoder of true factors": (1, 3520.5, 3944.9),
    },
    FLOOR_WALL: {},
}
