"""SDIM: what two domains share, by mutual information (Sanchez, Serrurier and Ortner, ECCV 2020)."""

from __future__ import annotations

from types import MappingProxyType

from torch import Tensor

from ..config.coercion import Width
from ..nets.mi_networks import FeatureMapEncoder
from ..nets.shapes import Shape
from ..registry import method
from .method import NoiseDict
from .mi_base import Critics, Estimator, Negatives, TwoViewMethod, maybe_tied


@method("sdim")
class SDIM(TwoViewMethod):
    """Shared representations S_X, S_Y of pairs with feature maps M_X, M_Y: the first stage, eq. 5 and 6.

    max β·[Î_t(M_X; S_Y) + Î_t(M_Y; S_X)] + α·[Î_g(M_X; S_Y) + Î_g(M_Y; S_X)] − γ·E|S_X − S_Y|

    with local and global statistics networks t and g, β = local_wt, α = global_wt, γ = l1_wt. The distance is
    a mean over batch and dimensions (a sum over them, should that be meant, is γ times as many).

    switched: each map is paired with the other domain's representation; if not, with its own (ablation).
    tied: one encoder and one pair of statistics networks for both domains, where they are of one kind.
    activation_after_second_conv: see `FeatureMapEncoder`. The rest: see `TwoViewMethod`.
    """

    short_name = "sdim"
    representation_names = MappingProxyType({"S_X": 0, "S_Y": 1})

    def __init__(
        self,
        input_shape: Shape,
        *,
        shared_dim: Width = 64,
        local_wt: float = 1.0,
        global_wt: float = 0.5,
        l1_wt: float = 0.1,
        switched: bool = True,
        tied: bool = False,
        estimator: Estimator = "jsd",
        negatives: Negatives = "derangement",
        negative_count: Width = 1,
        activation_after_second_conv: bool = True,
    ) -> None:
        super().__init__(reg_wt=0.0, estimator=estimator, negatives=negatives, negative_count=negative_count)
        self.switched = switched
        self._weights = {"local": local_wt, "global": global_wt, "l1": l1_wt}
        encoders = [
            FeatureMapEncoder(
                input_shape, shared_dim, activation_after_second_conv=activation_after_second_conv
            )
            for _ in range(2)
        ]
        self.shared = maybe_tied(*encoders, tied=tied)
        self.critics = maybe_tied(*(Critics(one, 1, shared_dim) for one in encoders), tied=tied)

    def losses(
        self, batch: Tensor, noise: NoiseDict | None = None, player: str = "model"
    ) -> dict[str, Tensor]:
        read = [encoder(images) for encoder, images in zip(self.shared, batch.unbind(1), strict=True)]
        (s_x, m_x), (s_y, m_y) = read
        vectors = (s_y, s_x) if self.switched else (s_x, s_y)
        information = self.mi_losses(self.critics, [[m_x], [m_y]], vectors, self.negatives_for(batch, noise))
        return {**information, "l1": (s_x - s_y).abs().mean()}

    def weights(self, step: int) -> dict[str, float]:
        return self._weights

    def encode_all(self, batch: Tensor) -> dict[str, Tensor]:
        """S_X and S_Y (B, shared_dim) of pairs (B, 2, C, H, W)."""
        pairs = zip(self.representation_names, self.shared, batch.unbind(1), strict=True)
        return {name: encoder(images)[0] for name, encoder, images in pairs}
