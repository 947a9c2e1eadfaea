"""Distances between codes and draws from a prior: maximum mean discrepancy, sliced Wasserstein."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # Tolstikhin et al., ICLR 2018, published code


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """‖a_i − b_j‖² (A, B) of points (A, D) and (B, D)."""
    return (a[:, None] - b).square().sum(-1)


def inverse_multiquadratic(squared: Tensor, base: float, scales: Sequence[float] = SCALES) -> Tensor:
    """k = Σ_s s C / (s C + ‖a − b‖²) of squared distances, with C = base."""
    return sum((scale * base / (scale * base + squared) for scale in scales), squared.new_zeros(()))


def unbiased_mmd(codes: Tensor, prior: Tensor, base: float, scales: Sequence[float] = SCALES) -> Tensor:
    """MMD² = E_{i≠j} k(z_i, z_j) + E_{i≠j} k(p_i, p_j) − 2 E k(z_i, p_j), which may be negative.

    Codes z (B, D), prior p (B, D); a U-statistic: Gretton et al., JMLR 2012; Tolstikhin et al., ICLR 2018.
    """

    def within(points: Tensor) -> Tensor:
        n = len(points)
        kernel = inverse_multiquadratic(squared_distances(points, points), base, scales)
        return (kernel.sum() - n * len(scales)) / max(n * (n - 1), 1)

    across = inverse_multiquadratic(squared_distances(codes, prior), base, scales)
    return within(codes) + within(prior) - 2 * across.mean()


def published_mmd(codes: Tensor, prior: Tensor, base: float, scales: Sequence[float] = SCALES) -> Tensor:
    """½ [K(S_zz) + K(S_pp)] − K(S_zp), where K is the kernel of the *sum* of all squared distances.

    S_zz and S_pp run over pairs i < j, S_zp over all. It is no MMD: it knows only second moments, and
    is small beside a reconstruction error. It is what Montero et al. (NeurIPS 2022) released as their WAE's.
    """

    def kernel(total: Tensor) -> Tensor:
        return inverse_multiquadratic(total, base, scales)

    within = [kernel(squared_distances(points, points).sum() / 2) for points in (codes, prior)]
    return 0.5 * (within[0] + within[1]) - kernel(squared_distances(codes, prior).sum())


def sliced_distance(codes: Tensor, prior: Tensor, directions: Tensor, power: int = 1) -> Tensor:
    """E |sort(z θ) − sort(p θ)|^power over directions θ (S, D), made unit vectors: one-dimensional transport.

    Codes z (B, D), prior p (B, D): Kolouri et al., ICLR 2019, where the power is 2.
    """
    unit = directions / directions.norm(dim=1, keepdim=True)
    projected, wanted = ((points @ unit.T).sort(0).values for points in (codes, prior))
    return (projected - wanted).abs().pow(power).mean()
