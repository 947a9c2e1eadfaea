"""How a discrete latent uses its codebooks: how many values there are in effect, how many are dead."""

from __future__ import annotations

import numpy as np
import torch

from ..latents.discrete import DiscreteLatent, perplexity
from ..methods.inference import Inference


def codebook_use(inference: Inference, indices: np.ndarray) -> dict[str, float]:
    """Scores of the codes of these images; none for a continuous latent.

    perplexity, least_perplexity: exp of the entropy of a dimension's values, its mean and its minimum.
    unused: the share of all values, dimension by dimension, that no image has.
    """
    latent = getattr(inference.model, "latent", None)
    if not isinstance(latent, DiscreteLatent):
        return {}
    usage = latent.usage(torch.from_numpy(inference.encode(indices)).to(inference.device)).cpu()
    spread = perplexity(usage)
    return {
        "perplexity": float(spread.mean()),
        "least_perplexity": float(spread.min()),
        "unused": 1 - int((usage > 0).sum()) / sum(latent.sizes),
    }
