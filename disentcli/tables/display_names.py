"""Names in words, as a person writes them in a paper: of metrics, scores, methods, data and config keys."""

from __future__ import annotations

METRICS = {
    "beta_vae": "β-VAE score",
    "cds": "Causal disentanglement",
    "dci": "DCI",
    "dcimig": "DCIMIG",
    "factor_vae": "FactorVAE score",
    "fid": "FID",
    "frechet_pixels": "Fréchet distance of pixels",
    "infomec": "InfoMEC",
    "irs": "IRS",
    "irs_sampled": "IRS, sampled",
    "jemmig": "JEMMIG",
    "knn": "Nearest neighbours",
    "losses": "Loss",
    "med": "MED",
    "mig": "MIG",
    "mig_sup": "MIG-sup",
    "modularity_explicitness": "",
    "r2": "R²",
    "reconstruction": "",
    "responses": "",
    "rf_vae": "RF-VAE score",
    "rmig": "RMIG",
    "sap": "SAP",
    "sap_continuous": "SAP, continuous",
    "udr": "UDR",
    "z_diff": "Z-diff",
    "z_max_var": "Z-max variance",
    "z_min_var": "Z-min variance",
}
SCORES = {
    "causal_disentanglement_score": "causal disentanglement",
    "informativeness_train": "informativeness, training",
    "informativeness_test": "informativeness",
    "kl": "KL divergence",
    "num_active_dims": "active dimensions",
    "mse_per_pixel": "squared error a pixel",
    "mse_per_image": "squared error an image",
    "bce_per_image": "cross entropy an image",
    "psnr": "PSNR",
    "ssim": "SSIM",
    "infom": "modularity (InfoM)",
    "infoc": "compactness (InfoC)",
    "infoe": "explicitness (InfoE)",
}
METHODS = {
    "aae": "AAE",
    "absae": "AbsAE",
    "adagvae": "Ada-GVAE",
    "adamlvae": "Ada-ML-VAE",
    "ae": "Autoencoder",
    "annealed": "Annealed VAE",
    "bioae": "BioAE",
    "cascade": "CascadeVAE",
    "decoder": "Decoder of true factors",
    "dipvae1": "DIP-VAE-I",
    "dipvae2": "DIP-VAE-II",
    "edim": "EDIM",
    "factorvae": "FactorVAE",
    "hfs": "HFS",
    "infocasc": "VAE with the information cascade",
    "infovae": "InfoVAE",
    "infowgan": "InfoWGAN-GP",
    "lievae": "Lie group VAE",
    "pca": "PCA",
    "qlae": "QLAE",
    "sdim": "SDIM",
    "sdim-edim": "SDIM and EDIM",
    "supervised": "Supervised encoder",
    "swae": "Sliced WAE",
    "tcvae": "β-TCVAE",
    "tcvae-parts": "β-TCVAE by parts",
    "vae": "VAE",
    "vqvae": "VQ-VAE",
    "wae": "WAE",
}
DATA = {
    "3ds": "3D Shapes",
    "cars3d": "Cars3D",
    "celeba": "CelebA",
    "cmnist": "Coloured MNIST",
    "dsprites": "dSprites",
    "fashion": "Fashion-MNIST",
    "isaac3d": "Isaac3D",
    "falcor3d": "Falcor3D",
    "mnist": "MNIST",
    "mpi": "MPI3D",
    "room": "rooms",
    "smallnorb": "SmallNORB",
    "xysquares": "XYSquares",
}
KEYS = {
    "budget": "training steps",
    "dataset": "data",
    "dataset.batch_size": "batch size",
    "dataset.size": "image size",
    "latent_dim": "latent dimensions",
    "lr": "learning rate",
    "model.latent": "latent",
    "model.optim.lr": "learning rate",
    "reg_wt": "regularisation weight",
}


def in_words(name: str) -> str:
    """A name without underscores, the first letter large.

    >>> in_words("response_matrix")
    'Response matrix'
    """
    return sentence_case(name.replace("_", " ").replace("-", " ").strip())


def sentence_case(text: str) -> str:
    """The text with a large first letter; a Greek one stays as it is.

    >>> sentence_case("mutual information"), sentence_case("β-VAE")
    ('Mutual information', 'β-VAE')
    """
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def metric_words(metric: str) -> str:
    """A metric as papers write it."""
    return METRICS.get(metric) or in_words(metric)


def score_words(name: str) -> str:
    """A score, as tables call it, in words; what evaluation it is of stands behind it in brackets.

    >>> score_words("dci.informativeness_test"), score_words("eval-val reconstruction.psnr")
    ('DCI informativeness', 'PSNR (eval-val)')
    """
    ident, _, bare = name.rpartition(" ")
    metric, _, score = bare.partition(".")
    words = METRICS.get(metric, in_words(metric))
    if score:
        words = f"{words} {_score_part(score)}".strip()
    words = sentence_case(words or in_words(metric))
    return f"{words} ({ident})" if ident else words


def _score_part(score: str) -> str:
    """A dotted score in words: `train.mse_per_pixel` is "squared error a pixel, train"."""
    *parts, last = score.split(".")
    return ", ".join([SCORES.get(last, last.replace("_", " ")), *(one.replace("_", " ") for one in parts)])


def key_words(key: str) -> str:
    """A key of configs in words.

    >>> key_words("reg-wt"), key_words("model.encoder.width")
    ('regularisation weight', 'encoder width')
    """
    plain = key.replace("-", "_")
    if plain in KEYS:
        return KEYS[plain]
    return plain.removeprefix("model.").replace(".", " ").replace("_", " ")


def value_words(key: str, value: str) -> str:
    """A value of a config in words: a method or dataset by the name that papers give it."""
    known = {"method": METHODS, "model": METHODS, "dataset": DATA}.get(key.replace("-", "_"), {})
    return known.get(value, value)
